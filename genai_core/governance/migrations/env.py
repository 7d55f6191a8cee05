"""How Alembic runs the migrations here: on the connection of ``database.Database``, in its transaction."""

from alembic import context

from genai_core.governance.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
