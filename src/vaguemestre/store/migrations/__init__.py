"""DOOR. Alembic scripts of the database; `TETE` is the version that this program needs."""

TETE = "0002"
