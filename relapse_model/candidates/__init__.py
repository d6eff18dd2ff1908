"""The models that are tried, simplest first, each fitted on standardised columns and scored in numpy."""
