import AIBoxAPI
import NIOCore
import ServiceHTTP

/// Which addresses webhooks may be sent to: those of the public internet, and those that the operator allows.
///
/// What is judged is the address that the connection is then made to, after the name was looked up: a name that
/// answers one address to the check and another one to the connection gains nothing. The ranges are those of the
/// special-purpose address registries of IANA (RFC 6890) that are not globally reachable.
struct WebhookDestinations: Sendable {
    /// Ranges that are refused unless they are allowed.
    private static let special = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        // Documentation, Teredo, ORCHID and 6to4, within what is else global unicast.
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    ]
    /// Only this part of IPv6 is global unicast; IPv4 in its IPv6 forms (mapped, NAT64) lies outside it.
    private static let globalIPv6 = "2000::/3"

    private let allowed: AddressList
    private let special: AddressList
    private let global: AddressList

    init(allowed: AddressList) throws(Problem) {
        self.allowed = allowed
        special = try AddressList(Self.special)
        global = try AddressList([Self.globalIPv6])
    }

    /// Why nothing is sent to `address`, or `nil`.
    func refusal(of address: SocketAddress) -> String? {
        guard let text = address.ipAddress else { return "is no address of the internet" }
        if allowed.contains(text) { return nil }
        let isPublic =
            switch address {
            case .v4: !special.contains(text)
            case .v6: global.contains(text) && !special.contains(text)
            case .unixDomainSocket: false
            }
        return isPublic ? nil : "\(text) is an address of a private or special network; webhook_allow may name it"
    }

    /// As above for a host that is written as an address; `nil` for a name, which is judged when it is looked up.
    func refusal(ofLiteral host: String) -> String? {
        (try? SocketAddress(ipAddress: host, port: 0)).flatMap { refusal(of: $0) }
    }
}
