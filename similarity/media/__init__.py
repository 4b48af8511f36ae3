"""Looking at pictures: what is kept of one, and whether two of them show the same."""
