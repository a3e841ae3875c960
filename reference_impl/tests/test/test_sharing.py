"""The database connections of a test, shared with the views."""

import threading
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections, transaction
from django.test import SimpleTestCase, TestCase, TransactionTestCase

from dwebsocket.test import NothingArrived, Refused, WebSocketClient, sharing
from tests.support.helpers import LIMIT

from .project import SHORT, Views, stuck_until


class DatabaseTests(Views):
    """For test cases with and without a transaction around each test."""

    def test_the_view_sees_rows_of_the_test_and_the_test_those_of_the_view(self):
        User.objects.create(username="of the test")
        with self.connect("/users/") as ws:
            ws.send("")
            assert ws.receive() == "1"
            ws.send("of the view")
            assert ws.receive() == "2"
            assert User.objects.filter(username="of the view").exists()

    def test_the_database_is_as_before_for_the_next_test(self):
        assert not User.objects.exists()
        self.test_the_view_sees_rows_of_the_test_and_the_test_those_of_the_view()

    def test_the_connection_is_given_back(self):
        def elsewhere():
            try:
                connection_of_the_test.cursor()
            except Exception as error:
                errors.append(error)

        errors, connection_of_the_test = [], connections["default"]
        for target in ("/users/", "/fails/", "/nowhere/"):
            try:
                with self.connect(target) as ws:
                    ws.send("")
            except (LookupError, Refused):
                pass
            thread = threading.Thread(target=elsewhere)
            thread.start()
            thread.join(LIMIT)
        assert [type(error).__name__ for error in errors] == ["DatabaseError"] * 3
        assert not connection_of_the_test.allow_thread_sharing

    def test_many_views_use_the_database_at_the_same_time(self):
        User.objects.bulk_create(User(username=str(number)) for number in range(150))
        sockets = [self.connect("/names/") for _ in range(8)]
        for _ in range(10):
            for ws in sockets:
                ws.send("all of them")
        expected = sorted(map(str, range(150)))
        for ws in sockets:
            for _ in range(10):
                assert sorted(ws.receive_json()) == expected
                assert User.objects.count() == 150
        for ws in sockets:
            ws.close()
            ws.wait_ended()

    def test_waiting_for_a_transaction_that_does_not_end_fails_with_the_reason(self):
        stuck_until.clear()
        with mock.patch.object(sharing, "LIMIT", SHORT), self.connect("/selfish/") as ws:
            assert ws.receive() == "mine"
            with pytest.raises(NothingArrived, match=r"Waited 0\.01 s for the database: another view"):
                User.objects.count()
            stuck_until.set()
            ws.wait_ended()
            assert User.objects.count() == 0

    def test_a_view_cannot_take_the_connection_away_from_the_test(self):
        User.objects.create(username="of the test")
        with self.connect("/thrifty/") as ws:
            assert ws.receive() == "1"
            assert User.objects.count() == 1

    def test_rows_come_one_by_one_too(self):
        User.objects.bulk_create(User(username=name) for name in "abc")
        query = "SELECT username FROM auth_user ORDER BY username"
        with self.connect("/echo/"), connections["default"].cursor() as cursor:
            assert cursor.execute(query).fetchone() == ("a",)
            assert list(cursor.fetchmany()) == [("b",)]
            assert list(cursor) == [("c",)]
            assert (cursor.fetchone(), list(cursor.fetchall())) == (None, [])
            cursor.executemany("UPDATE auth_user SET first_name = %s WHERE username = %s", [("A", "a"), ("B", "b")])
            assert cursor.rowcount == 2
            assert [user.first_name for user in User.objects.order_by("username").iterator(chunk_size=1)] == [
                "A",
                "B",
                "",
            ]

    def test_a_connection_that_was_lent_has_nothing_left_of_it(self):
        def state():
            return set(vars(connections["default"])), transaction.Atomic.__enter__, transaction.Atomic.__exit__

        before = state()
        with self.connect("/users/"), self.connect("/users/"):
            assert all(now != then for now, then in zip(state(), before, strict=True))
        assert state() == before

    def test_a_view_that_fails_rolls_back_what_is_its_own(self):
        User.objects.create(username="of the test")
        with pytest.raises(LookupError), self.connect("/atomic/") as ws:
            ws.receive()
        assert [user.username for user in User.objects.all()] == ["of the test"]

    def test_a_login_is_good_for_websockets(self):
        with pytest.raises(Refused, match=r"302 Found\. /accounts/login/\?next=/about/members/") as refused:
            self.connect("/about/members/")
        self.assertRedirects(
            refused.value.response, "/accounts/login/?next=/about/members/", fetch_redirect_response=False
        )
        self.client.force_login(User.objects.create(username="me"))
        with self.connect("/about/members/") as ws:
            assert ws.receive_json()["user"] == "me"
        with pytest.raises(Refused):
            WebSocketClient().connect("/about/members/")

    def test_a_session_is_shared_and_saved(self):
        session = self.client.session
        session["visits"] = 1
        session.save()
        with self.connect("/visits/"):
            pass
        assert self.client.session["visits"] == 2

    def test_queries_of_the_view_are_counted(self):
        with self.assertNumQueries(1), self.connect("/users/") as ws:
            ws.send("")
            ws.receive()


class DatabaseInTransactionTests(DatabaseTests, TestCase):
    pass


class DatabaseWithoutTransactionTests(DatabaseTests, TransactionTestCase):
    def test_each_request_may_be_a_transaction(self):
        connection.settings_dict["ATOMIC_REQUESTS"] = True
        self.addCleanup(connection.settings_dict.update, ATOMIC_REQUESTS=False)
        with self.connect("/users/") as one, self.connect("/users/") as two:
            one.send("a")
            two.send("b")
            assert {one.receive(), two.receive()} <= {"1", "2"}
        with pytest.raises(LookupError), self.connect("/fails/"):
            pass
        assert User.objects.count() == 2


class ForbiddenDatabaseTests(Views, SimpleTestCase):
    def test_where_a_test_may_not_use_the_database_the_view_may_not_either(self):
        with self.connect("/users/") as ws:
            ws.send("")
            with pytest.raises(AssertionError, match="Database queries to 'default' are not allowed"):
                ws.receive()
