"""Compare the names and addresses of hosts in the forms of ``known_hosts``, certificates and clouds."""

from ipaddress import ip_address


def canonical(text: str) -> str:
    """Return a host's name, or a pattern of ``known_hosts``, with an IPv6 address in it in its shortest form.

    Brackets, a port and a leading ``!`` stay: ``![2001:DB8:0::1]:2222`` becomes ``![2001:db8::1]:2222``.
    """
    negation, name = ("!", text[1:]) if text.startswith("!") else ("", text)
    address, bracket, port = name[1:].partition("]") if name.startswith("[") else (name, "", "")
    try:
        short = str(ip_address(address))
    except ValueError:
        return text
    return f"{negation}[{short}]{port}" if bracket else f"{negation}{short}"


def is_ipv6(name: str) -> bool:
    """Return whether the name is an IPv6 address."""
    try:
        return ip_address(name).version == 6
    except ValueError:
        return False


def known_hosts_names(name: str, port: int) -> list[str]:
    """Return the names under which ``known_hosts`` can list a host that answers at this port."""
    name = canonical(name)
    return [name, f"[{name}]:22"] if port == 22 else [f"[{name}]:{port}"]
