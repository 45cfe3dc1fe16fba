"""Where every unit stands now, kept as rows: the leader's first page reads them and computes nothing."""
