"""The yearly evaluation: evidence, criteria, runs, the share."""
