"""What the tests of register and log start from: a fresh base, and flux that go their way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vaguemestre.audit.feuille import ScelleurMerkle
from vaguemestre.audit.point import Signataire
from vaguemestre.domain.flux import (
    BordereauInscrit,
    Etat,
    EtatChange,
    Fait,
    FluxOuvert,
    IntentionPrise,
    MembreInscrit,
    MembreRecu,
    PjInscrite,
)
from vaguemestre.engine.horloge import HorlogeFixe, IdentifiantsGraine
from vaguemestre.ports import Done
from vaguemestre.store.database import Base, ouvrir
from vaguemestre.store.journal import SqlJournal

DEPART = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
URL = "sqlite:///vaguemestre.db"
COL, BUD = "12345", "01"


@contextmanager
def base_neuve(dossier: Path, *, attente: float = 30.0) -> Iterator[Base]:
    base = ouvrir(URL, dossier, attente=attente)
    try:
        yield base
    finally:
        base.fermer()


def journal_de(base: Base, horloge: HorlogeFixe | None = None) -> SqlJournal:
    return SqlJournal(base, horloge or HorlogeFixe(DEPART), IdentifiantsGraine(1), ScelleurMerkle())


def signataire_de(graine: int = 7) -> Signataire:
    cle = Ed25519PrivateKey.from_private_bytes(bytes([graine]) * 32)
    return Signataire("essai.invalid/journal", cle)


def ouvert(flux: str, *, nomfic: str = "", cod_bud: str = BUD) -> FluxOuvert:
    return FluxOuvert(
        flux=flux,
        depot="D1",
        collectivite="mairie",
        cod_col=COL,
        cod_bud=cod_bud,
        nomfic=nomfic or f"NOM{flux}",
        nom_fil=f"PESALR2_{flux}.xml",
        partenaire="dgfip",
    )


def inscrit(
    flux: str, numero: int, ht: str = "100.00", tva: str = "20.00", *, cod_bud: str = BUD
) -> BordereauInscrit:
    return BordereauInscrit(
        flux=flux,
        cod_col=COL,
        cod_bud=cod_bud,
        domaine="depense",
        exercice=2026,
        type="01",
        numero=numero,
        pieces=(1, 2, 3),
        montant_ht=Decimal(ht),
        montant_tva=Decimal(tva),
    )


def pj(flux: str, id_unique: str) -> PjInscrite:
    return PjInscrite(flux=flux, cod_col=COL, id_unique=id_unique, nom="facture.pdf")


def membre(flux: str, genre: str = "pes", contenu: int = 1) -> MembreInscrit:
    return MembreInscrit(
        flux=flux,
        genre=genre,
        nom=f"{genre}-{flux}",
        sha256=f"{contenu:064x}",
        sha1=f"{contenu:040x}",
        taille=1000 + contenu,
    )


def vers(flux: str, *etats: Etat, motif: str = "") -> tuple[Fait, ...]:
    return tuple(EtatChange(flux=flux, etat=etat, motif=motif) for etat in etats)


PRET = (Etat.CONTROLE, Etat.SIGNE, Etat.CONVERTI)


def poser(journal: SqlJournal, flux: str, etape: str, *faits: Fait) -> None:
    journal.record(flux, etape, Done({"etape": etape}, faits))


def preparer(journal: SqlJournal, flux: str, numero: int, *genres: str) -> None:
    """A flux with one bordereau and one PJ, ready to be sent."""
    membres = [membre(flux, genre, 2 * numero + rang) for rang, genre in enumerate(genres)]
    poser(journal, flux, "ouvrir", ouvert(flux))
    poser(journal, flux, "construire", inscrit(flux, numero), pj(flux, f"PJ{numero}"))
    poser(journal, flux, "convertir", *vers(flux, *PRET), *membres)


def expedier(journal: SqlJournal, flux: str, *genres: str) -> None:
    for genre in genres:
        poser(journal, flux, f"intention {genre}", IntentionPrise(flux=flux, genre=genre))
        poser(journal, flux, f"recu {genre}", MembreRecu(flux=flux, genre=genre, mode="essai"))
    poser(journal, flux, "expedier", *vers(flux, Etat.EXPEDIE))
