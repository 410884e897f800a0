"""DOOR. Alembic's entry: runs the scripts on the connection that `Base.migrer` hands over."""

from alembic import context

from vaguemestre.store.tables import META

context.configure(connection=context.config.attributes["connection"], target_metadata=META)
with context.begin_transaction():
    context.run_migrations()
