"""The bridge to Better Auth; ``create_app`` connects it to the application."""

from bridge import BetterAuth

auth = BetterAuth()
