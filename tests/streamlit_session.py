"""What Streamlit's own websocket says, for tests that speak with it as a program would."""

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection


def session_of(socket: ClientConnection) -> str:
    """The id of the session that the server opens, or resumes, for this websocket."""
    ask = BackMsg()
    ask.rerun_script.query_string = ""
    socket.send(ask.SerializeToString())
    while True:
        told = ForwardMsg()
        told.ParseFromString(bytes(socket.recv(20, decode=False)))
        if told.WhichOneof("type") == "new_session":
            return str(told.new_session.initialize.session_id)
