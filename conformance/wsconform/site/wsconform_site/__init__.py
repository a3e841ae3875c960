"""The Django project under test.

It runs in the target's environment and knows nothing of the suite that starts it.
"""
