"""The presenter's page of the demo: choose a breath, blow it, break things, and move the demo's clock."""
