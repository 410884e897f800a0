"""DOOR. Life after sending: errors of acquits, retours pièce by pièce, re-issues."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _colonnes()
    _erreur()
    _restitution()
    _remplacement()


def downgrade() -> None:
    """Evidence is never thrown away: there is no way back."""
    raise RuntimeError("cette version de la base ne se défait pas")


def _colonnes() -> None:
    """Rows that are there already get the value that their facts give when applied again."""
    vide = sa.Column("remplace_par", sa.Text, nullable=False, server_default="")
    op.add_column("bordereau", vide)
    op.create_index(
        "ix_bordereau_remplace_par",
        "bordereau",
        ["remplace_par"],
        sqlite_where=sa.text("remplace_par <> ''"),
        postgresql_where=sa.text("remplace_par <> ''"),
    )
    for nom in ("remarque", "collectivite"):
        op.add_column("reponse", sa.Column(nom, sa.Text, nullable=False, server_default=""))


def _erreur() -> None:
    op.create_table(
        "erreur",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("rang", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("flux", sa.Text, sa.ForeignKey("flux.id"), nullable=False),
        sa.Column("reponse", sa.Text, nullable=False),
        sa.Column("domaine", sa.Text, nullable=False),
        sa.Column("exercice", sa.BigInteger, nullable=False),
        sa.Column("bordereau", sa.BigInteger, nullable=False),
        sa.Column("piece", sa.BigInteger, nullable=False),
        sa.Column("ligne", sa.BigInteger, nullable=False),
        sa.Column("id_unique", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("libelle", sa.Text, nullable=False),
    )
    op.create_index("ix_erreur_flux", "erreur", ["flux"])


def _restitution() -> None:
    jours = ("instance_le", "prise_en_charge_le", "rejetee_le", "paye_le")
    textes = (*jours, "paiement", "motifs", "commentaire", "conseil")
    op.create_table(
        "restitution",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("rang", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("reponse", sa.Text, nullable=False),
        sa.Column("flux", sa.Text, nullable=False),
        sa.Column("cod_col", sa.Text, nullable=False),
        sa.Column("cod_bud", sa.Text, nullable=False),
        sa.Column("domaine", sa.Text, nullable=False),
        sa.Column("exercice", sa.BigInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("bordereau", sa.BigInteger, nullable=False),
        sa.Column("piece", sa.Text, nullable=False),
        sa.Column("etat", sa.Text, nullable=False),
        sa.Column("montant_ht", sa.BigInteger),
        sa.Column("montant_paye", sa.BigInteger),
        *(sa.Column(nom, sa.Text, nullable=False) for nom in textes),
        sa.Column("recue_le", sa.Text, nullable=False),
    )
    op.create_index("ix_restitution_flux", "restitution", ["flux"])
    op.create_index(
        "ix_restitution_piece",
        "restitution",
        ["cod_col", "cod_bud", "domaine", "exercice", "piece"],
    )


def _remplacement() -> None:
    op.create_table(
        "remplacement",
        sa.Column("ancien", sa.Text, sa.ForeignKey("flux.id"), primary_key=True),
        sa.Column("nouveau", sa.Text, sa.ForeignKey("flux.id"), primary_key=True),
        sa.Column("motif", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("fait_le", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_remplacement_nouveau", "remplacement", ["nouveau"])
