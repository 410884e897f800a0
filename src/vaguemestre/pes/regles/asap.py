"""Rules of a PES_Facture that serves an avis des sommes à payer (pes.md §5.8, §6, §8.8).

Where the official text says « rejet du PES_Facture ASAP » it is the PJ that carries it which is
refused. Fields that it says not to fill in without a rejection are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from vaguemestre.pes.faits import VIDE, Noeud, vrai
from vaguemestre.pes.faits_facture import FacturationFaits
from vaguemestre.pes.regles.base import A, Confiance, Constat, P, Regle, regle

_VERSION = "2"
_CENTRES = {"25": "le centre d'encaissement", "26": "le centre des finances publiques"}
_NOM_25 = ("CENTRE D'ENCAISSEMENT", "DES FINANCES PUBLIQUES")
_REGLAGE = "Renseigner l'émetteur des factures dans le logiciel ([collectivite.asap] chez nous)."


@regle("pes.asap.idver", P, "XSD NS_Facture, IdVer ; pes.md §8.8", si="IdVer")
def version(f: FacturationFaits) -> Iterator[Constat]:
    """IdVer of a PES_Facture is 2."""
    if f.noeud.v("IdVer") not in (None, _VERSION):
        yield Constat(
            f.noeud,
            "IdVer",
            f"la version du PES_Facture est {f.noeud.v('IdVer')}, {_VERSION} attendue",
            "Régler le logiciel émetteur sur la version 2 du PES_Facture.",
        )


@regle("pes.asap.tiers", P, "XSD NS_Facture, Tiers ; pes.md §8.8")
def deux_centres(f: FacturationFaits) -> Iterator[Constat]:
    """Exactly one common Tiers of TypTiers 25 and one of 26, and no other."""
    if not f.asap:
        return
    types = [(_info(tiers).v("TypTiers") or "", tiers) for tiers in f.noeud.tous("Tiers")]
    for code, nom in _CENTRES.items():
        combien = [type_ for type_, _ in types].count(code)
        if combien != 1:
            yield Constat(
                f.noeud,
                "",
                f"il faut {nom} (tiers de type {code}) une fois ; il y est {combien} fois",
                "Renseigner les deux centres parmi les tiers communs à la facture.",
            )
    for type_, tiers in types:
        if type_ not in _CENTRES:
            yield Constat(
                _info(tiers),
                "TypTiers",
                f"un tiers de type {type_ or 'absent'} n'est pas admis parmi les tiers communs",
                "Ne garder que les types 25 et 26.",
            )


def _info(tiers: Noeud) -> Noeud:
    return tiers.bloc("InfoTiers") or VIDE


@regle("pes.asap.tiers.adresse", P, "XSD NS_Facture, Tiers/Adresse ; pes.md §8.8", si="Tiers")
def adresse_des_centres(f: FacturationFaits) -> Iterator[Constat]:
    """Both centres have an address: 25 without Adr1 nor Adr2, 26 with Adr2; CodRes is 0."""
    if not f.asap:
        return
    for tiers in f.noeud.tous("Tiers"):
        code, adresse = _info(tiers).v("TypTiers"), tiers.bloc("Adresse")
        nom = _CENTRES.get(code or "")
        if nom is None:
            continue
        if adresse is None:
            yield Constat(tiers, "", f"{nom} n'a pas d'adresse", "Renseigner son adresse.")
            continue
        yield from _sans_voie(adresse, nom) if code == "25" else _avec_voie(adresse, nom)
        yield from _resident(adresse, nom)


def _sans_voie(adresse: Noeud, nom: str) -> Iterator[Constat]:
    for champ in ("Adr1", "Adr2"):
        if champ in adresse.valeurs:
            yield Constat(
                adresse,
                champ,
                f"l'adresse du {nom.removeprefix('le ')} ne porte pas {champ}",
                f"Retirer {champ} ; le TSA se met dans Adr3.",
            )


def _avec_voie(adresse: Noeud, nom: str) -> Iterator[Constat]:
    if not adresse.v("Adr2"):
        yield Constat(
            adresse,
            "Adr2",
            f"l'adresse de {nom} n'a pas de voie (Adr2)",
            "Renseigner le numéro et la voie.",
        )


def _resident(adresse: Noeud, nom: str) -> Iterator[Constat]:
    if vrai(adresse.v("CodRes")):
        yield Constat(
            adresse,
            "CodRes",
            f"{nom} ne peut pas être non résident",
            "Mettre CodRes à 0.",
        )


@regle("pes.asap.tiers.nom", A, "XSD NS_Facture, Nom et ComplNom", Confiance.INFERE, si="Tiers")
def nom_de_l_encaissement(f: FacturationFaits) -> Iterator[Constat]:
    """The Tiers 25 is called CENTRE D'ENCAISSEMENT, DES FINANCES PUBLIQUES."""
    for tiers in f.noeud.tous("Tiers"):
        info = _info(tiers)
        lu = (info.v("Nom"), info.v("ComplNom"))
        if f.asap and info.v("TypTiers") == "25" and lu != _NOM_25:
            yield Constat(
                info,
                "Nom",
                f"le centre d'encaissement s'appelle « {' / '.join(un or '' for un in lu)} »",
                f"Ecrire « {_NOM_25[0]} » dans Nom et « {_NOM_25[1]} » dans ComplNom.",
            )


@regle("pes.asap.emetteur.adresse", P, "XSD NS_Facture, Emetteur/Adresse")
def adresse_de_l_emetteur(f: FacturationFaits) -> Iterator[Constat]:
    """The issuer has an address with Adr2, and is resident."""
    emetteur = f.noeud.bloc("Emetteur")
    if emetteur is None or not f.asap:
        return
    adresse = emetteur.bloc("Adresse")
    if adresse is None:
        yield Constat(emetteur, "", "l'émetteur de la facture n'a pas d'adresse", _REGLAGE)
        return
    yield from _avec_voie(adresse, "l'émetteur")
    yield from _resident(adresse, "l'émetteur")


@regle("pes.asap.emetteur.signataire", P, "XSD NS_Facture, Signataire")
def signataire(f: FacturationFaits) -> Iterator[Constat]:
    """The issuer names who signs the ASAP."""
    emetteur = f.noeud.bloc("Emetteur")
    if emetteur is not None and f.asap and emetteur.bloc("Signataire") is None:
        yield Constat(emetteur, "", "la facture n'a pas de signataire", _REGLAGE)


@regle("pes.asap.emetteur.tipi", P, "XSD NS_Facture, CodeTipi et AdrTipi")
def paiement_en_ligne(f: FacturationFaits) -> Iterator[Constat]:
    """CodeTipi and AdrTipi go together."""
    suppl = (f.noeud.bloc("Emetteur") or VIDE).bloc("InfoSuppl") or VIDE
    if f.asap and bool(suppl.v("CodeTipi")) != bool(suppl.v("AdrTipi")):
        present = "CodeTipi" if suppl.v("CodeTipi") else "AdrTipi"
        yield Constat(
            suppl,
            present,
            "le code et l'adresse du paiement en ligne (CodeTipi, AdrTipi) vont ensemble",
            "Renseigner les deux, ou aucun.",
        )


@regle("pes.asap.emetteur.refbdf", P, "XSD NS_Facture, RefBdf")
def reference_banque_de_france(f: FacturationFaits) -> Iterator[Constat]:
    """RefBdf is mandatory: the ICS with a TIP, the number of the issuer without."""
    emetteur = f.noeud.bloc("Emetteur")
    suppl = (emetteur or VIDE).bloc("InfoSuppl") or VIDE
    if emetteur is not None and f.asap and not suppl.v("RefBdf"):
        yield Constat(
            emetteur,
            "",
            "la référence Banque de France de l'émetteur (RefBdf) manque",
            "Mettre l'ICS pour une édition avec TIP, le numéro d'émetteur sans TIP.",
        )


@regle("pes.asap.repartition", A, "XSD NS_Facture, RepartitionParNature", si="RepartitionParNature")
def repartition(f: FacturationFaits) -> Iterator[Constat]:
    """RepartitionParNature is not to be filled in for an ASAP."""
    bloc = f.noeud.bloc("RepartitionParNature")
    if f.asap and bloc is not None:
        yield Constat(
            bloc,
            "",
            "la répartition par nature n'est pas reprise sur l'avis des sommes à payer",
            "La retirer du PES_Facture.",
        )


REGLES: tuple[Regle[FacturationFaits], ...] = (
    version,
    deux_centres,
    adresse_des_centres,
    nom_de_l_encaissement,
    adresse_de_l_emetteur,
    signataire,
    paiement_en_ligne,
    reference_banque_de_france,
    repartition,
)
