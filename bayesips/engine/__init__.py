"""The two engines that turn a borrowing method into a distribution: exact sums, and NUTS."""
