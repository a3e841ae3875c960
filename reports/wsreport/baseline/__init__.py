"""Baselines: files of accepted deviations, and runs that are held against them.

`entries` reads a file, `judging` holds a run against it, `updating` rewrites it.
"""
