"""End to end: the deployed functions, on the local cloud, between the stand-ins."""
