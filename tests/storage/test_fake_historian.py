import pytest

from tests.contracts.historian import HistorianContract
from tests.support.fake_historian import FakeHistorian


class TestFakeHistorian(HistorianContract):
    @pytest.fixture
    def historian(self) -> FakeHistorian:
        return FakeHistorian()
