"""Servers, clients and checks that several test modules share."""
