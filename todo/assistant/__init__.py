"""Understands what people type. Uses neither Flask nor the database."""
