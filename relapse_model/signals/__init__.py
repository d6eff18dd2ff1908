"""The families of features, each pure arithmetic over a history and the decisions about its people."""
