"""Which addresses may be connected to: names are resolved here, and what was checked is what is used.

A page may link or redirect to anything, a name server may answer anything and something else the
next time (DNS rebinding). So the connection is made to the very address that passed the check.
Ranges: IANA's special-purpose registries (RFC 6890), as the `ipaddress` module knows them.
"""

import ipaddress
import socket

from ingest.errors import FetchError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Special-purpose ranges that not every version of `ipaddress` has as such, and one address in the
#: open range that Azure answers at from within each of its machines.
_SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "3fff::/20", "5f00::/16")
)
#: Well-known prefix under which IPv6-only networks reach IPv4 (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """True for an address of the open internet.

    An IPv6 address that carries an IPv4 one (mapped, 6to4, Teredo, NAT64) is judged by that too.
    """
    if isinstance(address, ipaddress.IPv6Address):
        carried = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64:
            carried.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        inner = [v4 for v4 in carried if v4 is not None]
        if inner:
            return all(is_public(v4) for v4 in inner)
        if address.is_site_local:  # deprecated (RFC 3879), and still routed inside some networks
            return False
    if any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def resolve(url: str, host: str, port: int, allow_private: bool) -> str:
    """The address to connect to for a host name, or for an address in any notation.

    Args:
        url: for messages.
        allow_private: take addresses of private networks and of this machine too.

    Returns:
        An IPv4 or IPv6 address in its usual notation.

    Raises:
        FetchError: reason "dns" (no such host) or "private_address" (any of its addresses is one).
    """
    try:
        # getaddrinfo reads decimal, octal and hexadecimal notations just as connect() would.
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(
            url,
            "dns",
            f"the host {host} is not known",
            "Check its spelling and your network connection.",
        ) from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        # One private address among public ones is a trick as well, or a mistake.
        check_address(url, host, address, allow_private)
    return addresses[0]


def check_address(url: str, host: str, address: str, allow_private: bool) -> None:
    """Raise FetchError, reason "private_address", for an address that may not be connected to."""
    if allow_private or is_public(ipaddress.ip_address(address.partition("%")[0])):
        return
    raise FetchError(
        url,
        "private_address",
        f"{host} is at {address}, which is not on the open internet",
        "If this is your own network, add --allow-private.",
    )
