"""Tests of more than one module: documents, real servers, projects, browsers."""
