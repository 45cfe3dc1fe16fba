"""What somebody began and left: a file, and what has been said of it so far. Kept for a time, seen by nobody else."""
