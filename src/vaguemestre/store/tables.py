"""DOOR. The tables of the register and of the log, for SQLite and PostgreSQL alike.

Amounts are whole hundredths (no rounding ever), times are `AAAA-MM-JJTHH:MM:SSZ` texts, flags
are 0 or 1. `etape`, `entree`, `noeud` and `point` are the evidence; `depot` to `cumul` are
what the facts of `etape` give and could be made again from them; `execution` and `sequence` are
the engine's.
"""

from __future__ import annotations

import sqlalchemy as sa

META = sa.MetaData()

RANG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""Key of the append-only tables; INTEGER makes it the row's own address on SQLite."""

depot = sa.Table(
    "depot",
    META,
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
    sa.Index("ix_depot_etat", "etat", "ordre"),
    sa.Index("ix_depot_sha256", "sha256"),
)

# `vivant`: counts as sent or in flight. `retient`: holds the next envoi of its budget.
flux = sa.Table(
    "flux",
    META,
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
    sa.Index("ix_flux_etat", "etat", "ordre"),
    sa.Index("ix_flux_ordre", "ordre"),
    sa.Index("ix_flux_collectivite", "collectivite", "ordre"),
    sa.Index("ix_flux_nomfic", "nomfic", "cod_col"),
    sa.Index("ix_flux_nom_fil", "nom_fil"),
    sa.Index("ix_flux_depot", "depot"),
    sa.Index(
        "ix_flux_retient",
        "cod_col",
        "cod_bud",
        sqlite_where=sa.text("retient = 1"),
        postgresql_where=sa.text("retient = 1"),
    ),
)

membre = sa.Table(
    "membre",
    META,
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
    sa.Index("ix_membre_sha256", "sha256"),
    sqlite_with_rowid=False,
)

bordereau = sa.Table(
    "bordereau",
    META,
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
    sa.Column("remplace_par", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_bordereau_numero", "cod_col", "cod_bud", "domaine", "exercice", "type", "numero"),
    sa.Index(
        "ix_bordereau_remplace_par",
        "remplace_par",
        sqlite_where=sa.text("remplace_par <> ''"),
        postgresql_where=sa.text("remplace_par <> ''"),
    ),
    sqlite_with_rowid=False,
)

# Running totals of the bordereaux that are `vivant`: a total of ten thousand costs one row.
cumul = sa.Table(
    "cumul",
    META,
    sa.Column("cod_col", sa.Text, primary_key=True),
    sa.Column("cod_bud", sa.Text, primary_key=True),
    sa.Column("domaine", sa.Text, primary_key=True),
    sa.Column("exercice", sa.Integer, primary_key=True),
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("ht", sa.BigInteger, nullable=False),
    sa.Column("tva", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

pj = sa.Table(
    "pj",
    META,
    sa.Column("flux", sa.Text, sa.ForeignKey("flux.id"), primary_key=True),
    sa.Column("cod_col", sa.Text, primary_key=True),
    sa.Column("id_unique", sa.Text, primary_key=True),
    sa.Column("nom", sa.Text, nullable=False),
    sa.Column("etat", sa.Text, nullable=False),
    sa.Index("ix_pj_id_unique", "id_unique", "cod_col"),
    sqlite_with_rowid=False,
)

reponse = sa.Table(
    "reponse",
    META,
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
    sa.Column("remarque", sa.Text, nullable=False, server_default=""),
    sa.Column("collectivite", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_reponse_flux", "flux"),
    sa.Index("ix_reponse_sha256", "sha256"),
)

# One row for each error of an acquit; only ever added to.
erreur = sa.Table(
    "erreur",
    META,
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
    sa.Index("ix_erreur_flux", "flux"),
)

# What each retour said of each mandat or titre; only ever added to. `flux` '': none of ours.
restitution = sa.Table(
    "restitution",
    META,
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
    sa.Column("instance_le", sa.Text, nullable=False),
    sa.Column("prise_en_charge_le", sa.Text, nullable=False),
    sa.Column("rejetee_le", sa.Text, nullable=False),
    sa.Column("paye_le", sa.Text, nullable=False),
    sa.Column("paiement", sa.Text, nullable=False),
    sa.Column("motifs", sa.Text, nullable=False),
    sa.Column("commentaire", sa.Text, nullable=False),
    sa.Column("conseil", sa.Text, nullable=False),
    sa.Column("recue_le", sa.Text, nullable=False),
    sa.Index("ix_restitution_flux", "flux"),
    sa.Index("ix_restitution_piece", "cod_col", "cod_bud", "domaine", "exercice", "piece"),
)

# Which flux stands for which (accord local 1.3).
remplacement = sa.Table(
    "remplacement",
    META,
    sa.Column("ancien", sa.Text, sa.ForeignKey("flux.id"), primary_key=True),
    sa.Column("nouveau", sa.Text, sa.ForeignKey("flux.id"), primary_key=True),
    sa.Column("motif", sa.Text, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("fait_le", sa.Text, nullable=False),
    sa.Index("ix_remplacement_nouveau", "nouveau"),
    sqlite_with_rowid=False,
)

etape = sa.Table(
    "etape",
    META,
    sa.Column("seq", RANG, primary_key=True, autoincrement=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("etape", sa.Text, nullable=False),
    sa.Column("temps", sa.Text, nullable=False),
    sa.Column("resultat", sa.Text, nullable=False),
    sa.Column("faits", sa.Text, nullable=False),
    sa.Column("sel", sa.Text, nullable=False),
    sa.Index("ux_etape_run", "run", "etape", unique=True),
)

# Which entries speak of a flux, when they belong to another run.
lien = sa.Table(
    "lien",
    META,
    sa.Column("flux", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)

entree = sa.Table(
    "entree",
    META,
    sa.Column("seq", RANG, primary_key=True, autoincrement=False),
    sa.Column("feuille", sa.LargeBinary, nullable=False),
)

noeud = sa.Table(
    "noeud",
    META,
    sa.Column("indice", RANG, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)

point = sa.Table(
    "point",
    META,
    sa.Column("taille", RANG, primary_key=True, autoincrement=False),
    sa.Column("note", sa.Text, nullable=False),
)

sequence = sa.Table(
    "sequence",
    META,
    sa.Column("nom", sa.Text, primary_key=True),
    sa.Column("valeur", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

execution = sa.Table(
    "execution",
    META,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("genre", sa.Text, nullable=False),
    sa.Column("objet", sa.Text, nullable=False),
    sa.Column("etat", sa.Text, nullable=False),
    sa.Column("essais", sa.Integer, nullable=False),
    sa.Column("prochain_essai", sa.Text, nullable=False),
    sa.Column("erreur", sa.Text, nullable=False),
    sa.Column("cree_le", sa.Text, nullable=False),
    sa.Index("ix_execution_due", "etat", "prochain_essai", "cree_le"),
)

REGISTRE: tuple[sa.Table, ...] = (
    depot,
    flux,
    membre,
    bordereau,
    cumul,
    pj,
    reponse,
    erreur,
    restitution,
    remplacement,
    lien,
)
"""Tables that the facts alone decide, parents first."""

IMMUABLES: tuple[str, ...] = ("entree", "noeud", "point", "etape")
"""Tables whose triggers refuse UPDATE and DELETE."""
