"""The HTTP side of reporting: views translate, nothing else."""
