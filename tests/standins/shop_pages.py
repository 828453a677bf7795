"""The customer's pages: signing in, and "Mes factures". Plain HTML, no script."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Sequence
from datetime import date
from html import escape
from typing import Any
from urllib.parse import quote

from werkzeug import Response
from werkzeug.utils import redirect

from .customers import Customer
from .money import cents, french_money
from .shop_http import Request
from .shop_invoices import Invoices, signed

Json = dict[str, Any]
_COOKIE = "passerelle_session"
_ACCOUNT = "/mon-compte/"
_INVOICES = "/mon-compte/factures/"
_PRIVATE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
_HTML = {
    **_PRIVATE,
    "Content-Type": "text/html; charset=UTF-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
}
_STYLE = """
:root{--ink:#1d2b24;--soft:#5c6b63;--line:#dfe5e0;--paper:#fff;--ground:#f4f6f2;--leaf:#1f6b3f;--amber:#8a5a00;--red:#a3271f}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
header{background:var(--leaf);color:#fff}
header div,main,footer{max-width:64rem;margin:0 auto;padding:0 1.25rem}
header div{display:flex;justify-content:space-between;align-items:center;gap:1rem;min-height:4rem}
header strong{font-size:1.1rem;letter-spacing:.01em}
header form{margin:0}
header button{background:none;border:1px solid #ffffff80;color:#fff;padding:.35rem .8rem;border-radius:.4rem;font:inherit;cursor:pointer}
header small{opacity:.85;margin-left:auto}
.sums .late-sum{color:var(--red)}
main{padding-top:2rem;padding-bottom:3rem}
h1{font-size:1.7rem;margin:0 0 .25rem}
.lead{color:var(--soft);margin:0 0 1.5rem}
.sums{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:1rem;margin:0 0 1.5rem;padding:0}
.sums div{background:var(--paper);border:1px solid var(--line);border-radius:.6rem;padding:.9rem 1.1rem}
.sums dt{color:var(--soft);font-size:.9rem}
.sums dd{margin:.15rem 0 0;font-size:1.35rem;font-weight:650;font-variant-numeric:tabular-nums}
.card{background:var(--paper);border:1px solid var(--line);border-radius:.6rem;overflow:hidden}
table{border-collapse:collapse;width:100%}
th,td{padding:.7rem 1.1rem;text-align:left;border-top:1px solid var(--line)}
thead th{border-top:0;font-size:.85rem;color:var(--soft);font-weight:600;background:#fafbf9}
tbody tr:hover{background:#fafbf9}
tbody th{font-weight:600;white-space:nowrap}
td{white-space:nowrap}
.num{text-align:right;font-variant-numeric:tabular-nums}
.tag{display:inline-block;padding:.1rem .6rem;border-radius:1rem;font-size:.85rem;font-weight:600}
.paid{background:#e2f1e7;color:var(--leaf)}.open{background:#fdf0d5;color:var(--amber)}
.late{background:#fbe3e1;color:var(--red)}.credit{background:#e6ebf7;color:#2b4a8b}
a{color:var(--leaf)}a.get{font-weight:600;text-decoration:none;white-space:nowrap}a.get:hover{text-decoration:underline}
.empty{padding:2.5rem 1.25rem;text-align:center;color:var(--soft)}
.sign-in{max-width:25rem;margin:2rem auto;padding:1.75rem}
.sign-in label{display:block;margin:1rem 0 .3rem;font-weight:600}
.sign-in input{width:100%;padding:.6rem .7rem;border:1px solid #b9c4bc;border-radius:.4rem;font:inherit}
.sign-in button{width:100%;margin-top:1.5rem;padding:.7rem;border:0;border-radius:.4rem;background:var(--leaf);color:#fff;font:inherit;font-weight:650;cursor:pointer}
:focus-visible{outline:3px solid #e0a100;outline-offset:2px}
.wrong{background:#fbe3e1;color:var(--red);padding:.6rem .8rem;border-radius:.4rem;margin:1rem 0 0}
footer{color:var(--soft);font-size:.85rem;padding-bottom:2rem}
@media(max-width:44rem){thead{position:absolute;left:-99rem}tr{display:grid;grid-template-columns:1fr auto;padding:.7rem 1.1rem;border-top:1px solid var(--line)}
tbody th,td{border:0;padding:.1rem 0}td[data-t]::before{content:attr(data-t) " ";color:var(--soft)}td:nth-child(even){text-align:right}header small{display:none}}
"""


def french_date(text: str | None) -> str:
    """`2026-11-24` as `24/11/2026`; a dash for nothing."""
    return f"{date.fromisoformat(text):%d/%m/%Y}" if text else "—"


def status(invoice: Json, today: date) -> tuple[str, str]:
    """What a restaurant owner wants to know of an invoice: a class of style and the words."""
    if invoice["kind"] == "credit_note":
        return "credit", "Avoir"
    if cents(invoice["due"]) <= 0:
        return "paid", "Réglée"
    if invoice["due_on"] and date.fromisoformat(invoice["due_on"]) < today:
        return "late", "En retard"
    return "open", "À régler"


class Accounts:
    """Who is signed in. Sessions end with the shop's process; passwords come from the seed."""

    def __init__(self, customers: Sequence[Customer], seed: int) -> None:
        self._lock = threading.Lock()
        self._seed = seed
        self._by_email = {customer.email: customer for customer in customers if customer.shop_id}
        self._sessions: dict[str, Customer] = {}

    def sign_in(self, email: str, password: str) -> str | None:
        """A session's secret, when the password is right."""
        customer = self._by_email.get(email.strip().lower())
        expected = customer.password(self._seed) if customer else secrets.token_hex(6)
        if not hmac.compare_digest(expected.encode(), password.encode()) or customer is None:
            return None
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[hashlib.sha256(token.encode()).hexdigest()] = customer
        return token

    def sign_out(self, token: str) -> None:
        """Ends a session."""
        with self._lock:
            self._sessions.pop(hashlib.sha256(token.encode()).hexdigest(), None)

    def whose(self, token: str) -> Customer | None:
        """Whose session it is."""
        with self._lock:
            return self._sessions.get(hashlib.sha256(token.encode()).hexdigest())


def _page(title: str, content: str, customer: Customer | None, code: int = 200) -> Response:
    account = ""
    if customer:
        account = (
            f"<small>{escape(customer.company)}</small>"
            '<form method="post" action="/mon-compte/deconnexion"><button>Se déconnecter</button></form>'
        )
    body = (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{escape(title)} – Carreau de Rungis</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head><body>'
        f"<header><div><strong>Carreau de Rungis</strong>{account}</div></header><main>{content}</main>"
        "<footer>Service comptabilité : du lundi au vendredi, de 6 h à 14 h – compta@carreau-rungis.example</footer>"
        "</body></html>"
    )
    return Response(body, code, _HTML)


def _sign_in_page(wrong: bool, email: str = "") -> Response:
    warning = '<p class="wrong" role="alert">E-mail ou mot de passe inconnu.</p>' if wrong else ""
    content = (
        '<section class="card sign-in"><h1>Mon compte</h1><p class="lead">Connectez-vous pour voir vos factures.</p>'
        f'{warning}<form method="post" action="/mon-compte/"><label for="e">E-mail</label>'
        f'<input id="e" name="email" type="email" autocomplete="username" required value="{escape(email)}">'
        '<label for="p">Mot de passe</label>'
        '<input id="p" name="password" type="password" autocomplete="current-password" required>'
        "<button>Se connecter</button></form></section>"
    )
    return _page("Connexion", content, None, 401 if wrong else 200)


def _row(invoice: Json, today: date) -> str:
    style, words = status(invoice, today)
    number = escape(invoice["number"])
    name = "Avoir" if invoice["kind"] == "credit_note" else "Facture"
    due = "—" if invoice["kind"] == "credit_note" else french_date(invoice["due_on"])
    address = f"/mon-compte/factures/{quote(invoice['number'], safe='')}.pdf"
    return (
        f'<tr><th scope="row">{number}</th><td>{french_date(invoice["issued_on"])}</td>'
        f'<td data-t="Échéance">{due}</td><td class="num">{french_money(signed(invoice, "gross"))}</td>'
        f'<td><span class="tag {style}">{words}</span></td>'
        f'<td><a class="get" href="{address}" aria-label="Télécharger {name.lower()} {number} (PDF)">↓ PDF</a></td></tr>'
    )


def invoices_page(customer: Customer, invoices: list[Json], today: date) -> Response:
    """ "Mes factures", newest first."""
    unpaid = [i for i in invoices if status(i, today)[0] in ("open", "late")]
    owed = sum(cents(i["due"]) for i in unpaid)
    credit = sum(cents(i["due"]) for i in invoices if i["kind"] == "credit_note")
    late = sum(cents(i["due"]) for i in unpaid if status(i, today)[0] == "late")
    next_due = min((i["due_on"] for i in unpaid if i["due_on"] and status(i, today)[0] == "open"), default=None)
    sums = [("À régler", french_money(owed), "")]
    if late:
        sums.append(("dont en retard", french_money(late), "late-sum"))
    sums.append(("Prochaine échéance", french_date(next_due), ""))
    if credit:
        sums.append(("Avoirs à déduire", french_money(credit), ""))
    figures = "".join(f'<div><dt>{name}</dt><dd class="{style}">{value}</dd></div>' for name, value, style in sums)
    table = '<p class="empty">Aucune facture pour le moment. La première paraît ici le soir de votre achat.</p>'
    if invoices:
        heads = "".join(
            f'<th scope="col"{extra}>{name}</th>'
            for name, extra in (
                ("Numéro", ""), ("Date", ""), ("Échéance", ""), ("Montant TTC", ' class="num"'), ("État", ""),
                ("Télécharger", ""),
            )
        )  # fmt: skip
        rows = "".join(_row(invoice, today) for invoice in invoices)
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    content = (
        f'<h1>Mes factures</h1><p class="lead">{escape(customer.company)} · client {escape(customer.code)}</p>'
        f'<dl class="sums">{figures}</dl><section class="card">{table}</section>'
    )
    return _page("Mes factures", content, customer)


def handle(accounts: Accounts, invoices: Invoices, request: Request) -> Response:
    """Everything below `/mon-compte/`."""
    session = request.cookies.get(_COOKIE, "")
    customer = accounts.whose(session)
    match request.method, request.segments[1:]:
        case "GET", []:
            return redirect(_INVOICES, 303) if customer else _sign_in_page(wrong=False)
        case "POST", []:
            email = request.form.get("email", "")
            token = accounts.sign_in(email, request.form.get("password", ""))
            if token is None:
                return _sign_in_page(wrong=True, email=email)
            response = redirect(_INVOICES, 303)
            response.set_cookie(_COOKIE, token, path=_ACCOUNT, httponly=True, samesite="Lax")
            return response
        case "POST", ["deconnexion"]:
            accounts.sign_out(session)
            response = redirect(_ACCOUNT, 303)
            response.delete_cookie(_COOKIE, path=_ACCOUNT, httponly=True, samesite="Lax")
            return response
        case "GET", ["factures"] if customer:
            return invoices_page(customer, invoices.of(customer.shop_id), date.today())
        case "GET", ["factures", name] if customer and name.endswith(".pdf"):
            number = name.removesuffix(".pdf")
            pdf = invoices.pdf(customer.shop_id or 0, number)
            if pdf is not None:
                shown = number.replace("/", "-").replace('"', "")
                headers = {**_PRIVATE, "Content-Disposition": f'attachment; filename="{shown}.pdf"'}
                return Response(pdf, 200, headers, content_type="application/pdf")
        case "GET", ["factures", *_] if customer is None:
            return redirect(_ACCOUNT, 303)
    missing = '<h1>Page introuvable</h1><p><a href="/mon-compte/factures/">Mes factures</a></p>'
    return _page("Page introuvable", missing, customer, 404)
