"""Tests that cross the borders of the crates, and the stand-ins they need."""
