"""The Django project under test.

It runs in the target's environment, and imports nothing of the suite.
"""
