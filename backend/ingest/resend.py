"""Ask every gateway to send again what a restored database has not: kept by the broker until they are there to hear."""

from datetime import datetime

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from backend.errors import BackendError
from backend.ingest.broker_address import BrokerAddress
from backend.ingest.receipts import ReceiptSigner
from backend.store.gateways import gateways_in_use
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE

_TIMEOUT_S = 30.0


def ask_for_resending(
    database: Database, address: BrokerAddress, signer: ReceiptSigner, *, since: datetime, now: datetime
) -> int:
    """Publish a retained request for each gateway in use; returns how many. Safe to repeat.

    What comes twice is answered as a duplicate. Raises BackendError when the broker does not take them all.
    """
    with database.transaction(SYSTEM_SCOPE) as conn:
        asked = [signer.resend_request(one, since=since, now=now) for one in gateways_in_use(conn)]
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="nykter-resend", clean_session=True)
    if address.username:
        client.username_pw_set(address.username, address.password)
    if address.tls:
        client.tls_set(ca_certs=None if address.ca_file is None else str(address.ca_file))
    try:
        client.connect(address.host, address.port)
        client.loop_start()
        for sent in [client.publish(topic, payload, qos=1, retain=True) for topic, payload in asked]:
            sent.wait_for_publish(_TIMEOUT_S)
            if not sent.is_published():
                raise BackendError("The broker did not take every request; ask again.")
    except (OSError, ValueError, RuntimeError) as error:
        raise BackendError(f"The broker cannot be reached: {error}") from error
    finally:
        client.disconnect()
        client.loop_stop()
    return len(asked)
