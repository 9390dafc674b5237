"""The compiled calculator: a programme as flat tables and the kernel that prices a basket."""
