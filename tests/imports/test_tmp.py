from tests.imports.registers_of_an_office import *
from tests.office import moment_of
from qms.imports.takeover import take_over, check
from qms.imports.problems import Problems
from qms.imports.exporting import export_workbook
import pytest
from qms.kernel.language import force_locale
@pytest.fixture(autouse=True)
def en(any_app):
    with force_locale('en'): yield
def test_x(any_app):
    data = workbook_of(OFFICE)
    try:
        r = take_over(data, moment_of(), takers=TAKERS)
    except Problems as p:
        raise AssertionError("\n".join(map(str,p.found)))
    print(r.text())
    r = take_over(data, moment_of(), takers=TAKERS)
    print(r.text()); assert r.new+r.changed==0
    r = take_over(export_workbook(moment_of(), TAKERS), moment_of(), takers=TAKERS)
    print(r.text()); assert r.new+r.changed==0
