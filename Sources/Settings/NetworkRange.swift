import Foundation

/// Addresses as an allow-list writes them: `192.0.2.7`, `10.0.0.0/8`, `::1`, `fd00::/8`.
enum NetworkRange {
    static func isValid(_ text: String) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let address = parts.first, let bits = addressBits(address) else { return false }
        guard parts.count == 2 else { return true }
        return WholeNumber.parse(parts[1]).map { $0 <= bits } ?? false
    }

    /// 32 or 128; `nil` for what is no address.
    private static func addressBits(_ address: String) -> Int? {
        var storage = in6_addr()
        if inet_pton(AF_INET, address, &storage) == 1 { return 32 }
        return inet_pton(AF_INET6, address, &storage) == 1 ? 128 : nil
    }
}
