"""Signed requests: whose they are, and what their bodies say."""
