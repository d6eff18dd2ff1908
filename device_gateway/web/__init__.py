"""The client's page beside the breathalyser, served on this machine only."""
