"""Plays cases and judges what came of them. The parts meet in values: case, transcript, judgement."""
