"""WooCommerce's REST for orders: lists, single orders, refunds, changes of state and meta data."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug import Response

from .shop_http import JSON, Problem, Request, as_json, dumps, integer, invalid, no_route, page_of
from .shop_orders import Orders, now
from .woo_order import PARIS

Json = dict[str, Any]
STATUSES = (
    "any", "trash", "auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed",
    "checkout-draft",
)  # fmt: skip
_SORTS: dict[str, Callable[[Json], Any]] = {
    "date": lambda order: order["date_created_gmt"],
    "modified": lambda order: order["date_modified_gmt"],
    "id": lambda order: order["id"],
    "include": lambda order: order["id"],
    "title": lambda order: order["number"],
    "slug": lambda order: order["number"],
}
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?")
_TIME_PARAMETERS: dict[str, tuple[str, Callable[[str, str], bool]]] = {
    "after": ("date_created", lambda value, limit: value > limit),
    "before": ("date_created", lambda value, limit: value < limit),
    "modified_after": ("date_modified", lambda value, limit: value > limit),
    "modified_before": ("date_modified", lambda value, limit: value < limit),
}


def boundary(name: str, text: str) -> str:
    """A time parameter as WordPress understands it, without zone, to be compared with the site's
    times, or with GMT ones when `dates_are_gmt` is set. A zone in the text moves it to the *site's*
    zone in both cases: the live server's trap that skips an hour.

    Raises Problem (400) as the live server does.
    """
    match = _TIME.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}")
    except ValueError:
        raise invalid(name, "Invalid date.", "rest_invalid_date") from None
    zone = match[3]
    if not zone:
        return moment.isoformat()
    sign = -1 if zone[0] == "-" else 1
    digits = re.sub(r"\D", "", zone) or "0000"
    offset = timedelta(0) if zone == "Z" else sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    utc = moment.replace(tzinfo=UTC) - offset
    return utc.astimezone(PARIS).replace(tzinfo=None).isoformat()


def listing(orders: Orders, request: Request) -> Response:
    """`GET orders`. Newest first, ten a page, without the trash, unless asked otherwise."""
    query = request.query
    integer(query, "per_page", 10, 1, 100)
    wanted = [status for status in query.get("status", "any").split(",") if status]
    for status in wanted:
        if status not in STATUSES:
            message = f"status[0] is not one of {', '.join(STATUSES[:-1])}, and {STATUSES[-1]}."
            raise invalid("status", message, "rest_not_in_enum")
    sort = query.get("orderby", "date")
    if sort not in _SORTS:
        raise invalid("orderby", f"orderby is not one of {', '.join(_SORTS)}.", "rest_not_in_enum")
    direction = query.get("order", "desc")
    if direction not in ("asc", "desc"):
        raise invalid("order", "order is not one of asc and desc.", "rest_not_in_enum")
    suffix = "_gmt" if query.get("dates_are_gmt", "").lower() in ("true", "1") else ""
    limits = [
        (field + suffix, compare, boundary(name, query[name]))
        for name, (field, compare) in _TIME_PARAMETERS.items()
        if name in query
    ]
    include = {int(part) for part in query.get("include", "").split(",") if part.isdigit()}
    customer = integer(query, "customer", -1, -1)
    found = [
        order
        for order in orders.all()
        if (order["status"] in wanted or ("any" in wanted and order["status"] != "trash"))
        and all(compare(order[field], limit) for field, compare, limit in limits)
        and (not include or order["id"] in include)
        and customer in (-1, order["customer_id"])
    ]
    found.sort(key=lambda order: (_SORTS[sort](order), order["id"]), reverse=direction == "desc")
    return page_of(request, [orders.body(order["id"]) for order in found])


def change(orders: Orders, order: int, fields: Json) -> Response:
    """`PUT` or `POST orders/<id>`. A new state touches the order; meta data and notes do not."""
    status = fields.get("status")
    if status is not None and status not in STATUSES[2:]:
        message = f"status is not one of {', '.join(STATUSES[2:])}."
        raise invalid("status", message, "rest_not_in_enum")
    unknown = set(fields) - {"id", "status", "meta_data", "customer_note", "transaction_id", "set_paid"}
    if unknown:
        raise invalid(sorted(unknown)[0], "The stand-in cannot change this field.")
    for entry in fields.get("meta_data", []):
        if not isinstance(entry, dict) or "key" not in entry or "value" not in entry:
            raise invalid("meta_data", "meta_data[0] is not of type object.", "rest_invalid_type")
    kept: Json = {
        name: fields[name] for name in ("status", "meta_data", "customer_note", "transaction_id") if name in fields
    }
    with orders.lock:
        touched = status is not None and status != orders.get(order)["status"]
        orders.change(order, kept, now(), touched)
    return Response(orders.body(order), content_type=JSON)


def handle(orders: Orders, request: Request) -> Response:
    """Everything below `/wp-json/wc/v3/`, already authenticated."""
    match request.method, request.segments[3:]:
        case "GET", ["orders"]:
            return listing(orders, request)
        case "GET", ["orders", order] if order.isdigit():
            orders.get(int(order))
            return Response(orders.body(int(order)), content_type=JSON)
        case "GET", ["orders", order, "refunds"] if order.isdigit():
            return page_of(request, [dumps(refund) for refund in orders.refunds(int(order))])
        case "GET", ["orders", order, "notes"] if order.isdigit():
            return page_of(request, [dumps(note) for note in orders.notes(int(order))])
        case "POST", ["orders", order, "notes"] if order.isdigit():
            body = request.object()
            if not isinstance(body.get("note"), str) or not body["note"]:
                raise Problem(400, "rest_missing_callback_param", "Missing parameter(s): note")
            orders.get(int(order))
            return as_json(orders.add_note(int(order), body["note"], bool(body.get("customer_note")), now()), 201)
        case (("PUT" | "POST" | "PATCH"), ["orders", order]) if order.isdigit():
            return change(orders, int(order), request.object())
        case "POST", ["orders", order, "refunds"] if order.isdigit():
            return as_json(orders.refund(int(order), request.object(), now()), 201)
    raise no_route()
