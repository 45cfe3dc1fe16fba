"""The registers of a large office: ten thousand rows, for what must hold while they are taken over."""

from datetime import date, timedelta

from tests.imports.registers_of_an_office import Rows

_START = date(2026, 1, 1)


def large() -> Rows:
    """201 units, 1,000 people, 2,000 procedures, 2,800 nonconformities, 4,000 actions."""
    units = [{"code": "P", "name": "Phường mẫu", "kind": "commune", "agency": "yes", "in_scope_from": "2025-07-01"}]
    units += [
        {"code": f"U{n}", "name": f"Đơn vị {n}", "kind": "department", "parent_code": "P", "in_scope_from": "2025-07-01"}
        for n in range(200)
    ]
    return {
        "units": units,
        "people": [
            {"username": f"u{n}", "full_name": f"Chuyên viên {n}", "unit_code": f"U{n % 200}", "roles": "staff"}
            for n in range(1000)
        ],
        "procedures": [
            {
                "unit_code": f"U{n % 200}",
                "code": f"QT-{n}",
                "title": f"Quy trình số {n}",
                "kind": "operational_procedure",
                "effective_on": _START + timedelta(days=n % 300),
                "clauses": "8.1;8.5.1",
                "service_codes": f"1.{n}",
            }
            for n in range(2000)
        ],
        "nonconformities": [
            {
                "code": f"NC-{n}",
                "unit_code": f"U{n % 200}",
                "procedure_code": f"QT-{n % 2000}",
                "clause": "8.5.1",
                "grade": "minor" if n % 3 else "major",
                "statement": f"Nội dung sự không phù hợp số {n}",
                "raised_on": _START + timedelta(days=n % 200),
                "response_due_on": _START + timedelta(days=n % 200 + 10),
                "responded_on": _START + timedelta(days=n % 200 + 8),
                "due_on": _START + timedelta(days=n % 200 + 40),
                "closed_on": _START + timedelta(days=n % 200 + 50) if n % 2 else None,
            }
            for n in range(2800)
        ],
        "actions": [
            {
                "nonconformity_code": f"NC-{n % 2800}",
                "number": str(n // 2800 + 1),
                "description": f"Hành động {n}",
                "owner": f"u{n % 1000}",
                "due_on": _START + timedelta(days=n % 200 + 30),
            }
            for n in range(4000)
        ],
    }
