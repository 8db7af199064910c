"""A desktop's notification service (Desktop Notifications Specification 1.2) for tests.

usage: notification-server.py FOLDER. FOLDER/behaviour is read at each call: {"capabilities": [...], "answer": NAME | "close" | "none"}.
Each call is a line of JSON in FOLDER/calls.
"""
import json
import os
import sys
from gi.repository import Gio, GLib

NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
XML = """<node><interface name="org.freedesktop.Notifications">
<method name="GetCapabilities"><arg type="as" direction="out"/></method>
<method name="GetServerInformation"><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/></method>
<method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/></method>
<method name="CloseNotification"><arg type="u" direction="in"/></method>
<signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
<signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
</interface></node>"""
folder = sys.argv[1]
count = 0
open_ones = set()


def behaviour():
    with open(os.path.join(folder, "behaviour")) as file:
        return json.load(file)


def record(call):
    with open(os.path.join(folder, "calls"), "a") as file:
        file.write(json.dumps(call) + "\n")


def emit(connection, signal, value):
    connection.emit_signal(None, PATH, NAME, signal, value)
    return False


def answer(connection, number):
    said = behaviour()["answer"]
    if number not in open_ones:
        return False
    if said == "none":
        return True
    open_ones.discard(number)
    if said != "close":
        emit(connection, "ActionInvoked", GLib.Variant("(us)", (number, said)))
    return emit(connection, "NotificationClosed", GLib.Variant("(uu)", (number, 2)))


def called(connection, _sender, _path, _interface, method, arguments, invocation):
    global count
    values = arguments.unpack()
    if method == "GetCapabilities":
        invocation.return_value(GLib.Variant("(as)", (behaviour()["capabilities"],)))
    elif method == "GetServerInformation":
        invocation.return_value(GLib.Variant("(ssss)", ("test", "glued", "1", "1.2")))
    elif method == "CloseNotification":
        open_ones.discard(values[0])
        record({"method": method, "id": values[0]})
        invocation.return_value(None)
        emit(connection, "NotificationClosed", GLib.Variant("(uu)", (values[0], 3)))
    else:
        count += 1
        open_ones.add(count)
        record({"method": method, "id": count, "title": values[3], "text": values[4], "actions": values[5], "uid": os.getuid()})
        invocation.return_value(GLib.Variant("(u)", (count,)))
        GLib.timeout_add(50, answer, connection, count)


def acquired(connection, _name):
    connection.register_object(PATH, Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0], called, None, None)


Gio.bus_own_name(Gio.BusType.SESSION, NAME, Gio.BusNameOwnerFlags.NONE, acquired, lambda *_: print("ready", flush=True), lambda *_: sys.exit(1))
GLib.MainLoop().run()
