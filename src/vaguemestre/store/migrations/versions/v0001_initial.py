"""DOOR. First shape of the database: register, journal, audit log, queue."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

IMMUABLES = ("entree", "noeud", "point", "etape")
RANG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for make in (
        _depot,
        _flux,
        _membre,
        _bordereau,
        _cumul,
        _pj,
        _reponse,
        _etape,
        _lien,
        _entree,
        _noeud,
        _point,
        _sequence,
        _execution,
    ):
        make()
    for table in IMMUABLES:
        _garder(table)


def downgrade() -> None:
    """Evidence is never thrown away: there is no way back."""
    raise RuntimeError("la première version de la base ne se défait pas")


def _garder(table: str) -> None:
    """Triggers that refuse any change of what has been written."""
    for action in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {table}_{action}_interdit BEFORE {action.upper()} ON {table} "
            f"BEGIN SELECT raise(ABORT, '{table} : ajout seulement'); END"
        )


def _depot() -> None:
    op.create_table(
        "depot",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("nom", sa.Text, nullable=False),
        sa.Column("collectivite", sa.Text, nullable=False),
        sa.Column("forme", sa.Text, nullable=False),
        sa.Column("dossier", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("etat", sa.Text, nullable=False),
        sa.Column("motif", sa.Text, nullable=False),
        sa.Column("ouvert_le", sa.Text, nullable=False),
        sa.Column("change_le", sa.Text, nullable=False),
        sa.Column("ordre", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_depot_etat", "depot", ["etat", "ordre"])
    op.create_index("ix_depot_sha256", "depot", ["sha256"])


def _flux() -> None:
    op.create_table(
        "flux",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("depot", sa.Text, nullable=False),
        sa.Column("collectivite", sa.Text, nullable=False),
        sa.Column("cod_col", sa.Text, nullable=False),
        sa.Column("cod_bud", sa.Text, nullable=False),
        sa.Column("nomfic", sa.Text, nullable=False),
        sa.Column("nom_fil", sa.Text, nullable=False),
        sa.Column("partenaire", sa.Text, nullable=False),
        sa.Column("etat", sa.Text, nullable=False),
        sa.Column("motif", sa.Text, nullable=False),
        sa.Column("membres", sa.Integer, nullable=False),
        sa.Column("recus", sa.Integer, nullable=False),
        sa.Column("vivant", sa.Integer, nullable=False),
        sa.Column("retient", sa.Integer, nullable=False),
        sa.Column("ouvert_le", sa.Text, nullable=False),
        sa.Column("change_le", sa.Text, nullable=False),
        sa.Column("ordre", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_flux_etat", "flux", ["etat", "ordre"])
    op.create_index("ix_flux_ordre", "flux", ["ordre"])
    op.create_index("ix_flux_collectivite", "flux", ["collectivite", "ordre"])
    op.create_index("ix_flux_nomfic", "flux", ["nomfic", "cod_col"])
    op.create_index("ix_flux_nom_fil", "flux", ["nom_fil"])
    op.create_index("ix_flux_depot", "flux", ["depot"])
    op.create_index(
        "ix_flux_retient",
        "flux",
        ["cod_col", "cod_bud"],
        sqlite_where=sa.text("retient = 1"),
        postgresql_where=sa.text("retient = 1"),
    )


def _membre() -> None:
    op.create_table(
        "membre",
        sa.Column("flux", sa.Text, sa.ForeignKey("flux.id"), primary_key=True),
        sa.Column("genre", sa.Text, primary_key=True),
        sa.Column("nom", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("sha1", sa.Text, nullable=False),
        sa.Column("taille", sa.BigInteger, nullable=False),
        sa.Column("statut", sa.Text),
        sa.Column("intention_le", sa.Text),
        sa.Column("recu_le", sa.Text),
        sa.Column("mode", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_membre_sha256", "membre", ["sha256"])


def _bordereau() -> None:
    op.create_table(
        "bordereau",
        sa.Column("flux", sa.Text, sa.ForeignKey("flux.id"), primary_key=True),
        sa.Column("domaine", sa.Text, primary_key=True),
        sa.Column("exercice", sa.Integer, primary_key=True),
        sa.Column("type", sa.Text, primary_key=True),
        sa.Column("numero", sa.Integer, primary_key=True),
        sa.Column("cod_col", sa.Text, nullable=False),
        sa.Column("cod_bud", sa.Text, nullable=False),
        sa.Column("pieces", sa.Text, nullable=False),
        sa.Column("montant_ht", sa.BigInteger, nullable=False),
        sa.Column("montant_tva", sa.BigInteger, nullable=False),
        sa.Column("cumul", sa.BigInteger),
        sa.Column("accepte", sa.Integer),
        sa.Column("vivant", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_bordereau_numero",
        "bordereau",
        ["cod_col", "cod_bud", "domaine", "exercice", "type", "numero"],
    )


def _cumul() -> None:
    op.create_table(
        "cumul",
        sa.Column("cod_col", sa.Text, primary_key=True),
        sa.Column("cod_bud", sa.Text, primary_key=True),
        sa.Column("domaine", sa.Text, primary_key=True),
        sa.Column("exercice", sa.Integer, primary_key=True),
        sa.Column("type", sa.Text, primary_key=True),
        sa.Column("ht", sa.BigInteger, nullable=False),
        sa.Column("tva", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _pj() -> None:
    op.create_table(
        "pj",
        sa.Column("flux", sa.Text, sa.ForeignKey("flux.id"), primary_key=True),
        sa.Column("cod_col", sa.Text, primary_key=True),
        sa.Column("id_unique", sa.Text, primary_key=True),
        sa.Column("nom", sa.Text, nullable=False),
        sa.Column("etat", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_pj_id_unique", "pj", ["id_unique", "cod_col"])


def _reponse() -> None:
    op.create_table(
        "reponse",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("rang", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("nom", sa.Text, nullable=False),
        sa.Column("genre", sa.Text, nullable=False),
        sa.Column("flux", sa.Text, nullable=False),
        sa.Column("nomfic", sa.Text, nullable=False),
        sa.Column("etat", sa.Text, nullable=False),
        sa.Column("motif", sa.Text, nullable=False),
        sa.Column("recue_le", sa.Text, nullable=False),
    )
    op.create_index("ix_reponse_flux", "reponse", ["flux"])
    op.create_index("ix_reponse_sha256", "reponse", ["sha256"])


def _etape() -> None:
    op.create_table(
        "etape",
        sa.Column("seq", RANG, primary_key=True, autoincrement=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("etape", sa.Text, nullable=False),
        sa.Column("temps", sa.Text, nullable=False),
        sa.Column("resultat", sa.Text, nullable=False),
        sa.Column("faits", sa.Text, nullable=False),
        sa.Column("sel", sa.Text, nullable=False),
    )
    op.create_index("ux_etape_run", "etape", ["run", "etape"], unique=True)


def _lien() -> None:
    op.create_table(
        "lien",
        sa.Column("flux", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sqlite_with_rowid=False,
    )


def _entree() -> None:
    op.create_table(
        "entree",
        sa.Column("seq", RANG, primary_key=True, autoincrement=False),
        sa.Column("feuille", sa.LargeBinary, nullable=False),
    )


def _noeud() -> None:
    op.create_table(
        "noeud",
        sa.Column("indice", RANG, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )


def _point() -> None:
    op.create_table(
        "point",
        sa.Column("taille", RANG, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
    )


def _sequence() -> None:
    op.create_table(
        "sequence",
        sa.Column("nom", sa.Text, primary_key=True),
        sa.Column("valeur", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _execution() -> None:
    op.create_table(
        "execution",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("genre", sa.Text, nullable=False),
        sa.Column("objet", sa.Text, nullable=False),
        sa.Column("etat", sa.Text, nullable=False),
        sa.Column("essais", sa.Integer, nullable=False),
        sa.Column("prochain_essai", sa.Text, nullable=False),
        sa.Column("erreur", sa.Text, nullable=False),
        sa.Column("cree_le", sa.Text, nullable=False),
    )
    op.create_index("ix_execution_due", "execution", ["etat", "prochain_essai", "cree_le"])
