"""Servers, clients and checks shared by several test modules."""
