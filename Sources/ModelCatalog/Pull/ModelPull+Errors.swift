import AsyncHTTPClient
import Foundation
import NIOCore

extension ModelPull {
    /// Refuses a model without commercial use unless its licence is accepted by name.
    func requireLicence(_ entry: CatalogEntry) throws(ModelCatalogError) {
        let licence = entry.licence
        guard !licence.commercialUse, !configuration.allowedLicences.contains(licence.name) else { return }
        let note = licence.note.map { " (\($0))" } ?? ""
        throw ModelCatalogError(
            .licenceRefused, "\(entry.identity) is not free for commercial use: \(licence.name)\(note)",
            remedy: "accept the licence with --allow-licences \(licence.name)")
    }

    /// All that was tried, a line each, and what is left to do.
    func failed(_ entry: CatalogEntry, _ failures: [String]) -> ModelCatalogError {
        let lines = failures.isEmpty ? ["the catalogue lists no source"] : failures
        let place = store.cacheFile(of: entry).deletingLastPathComponent().path
        return ModelCatalogError(
            .pullFailed,
            "\(entry.identity) could not be had:\n" + lines.map { "  - \($0)" }.joined(separator: "\n"),
            remedy:
                "copy the file \(entry.fileName) (\(entry.bytes) bytes, sha256 \(entry.sha256)) to \(place) by hand, "
                + "or name a folder that has it in AIBOX_MODELS")
    }
}

extension ModelPull.Configuration {
    var httpClient: HTTPClient.Configuration {
        var client = HTTPClient.Configuration(
            redirectConfiguration: .follow(max: redirects, allowCycles: false),
            timeout: .init(connect: TimeAmount(connectTimeout), read: TimeAmount(stallTimeout)))
        // Download counts attempts and waits between them itself.
        client.connectionPool.retryConnectionEstablishment = false
        return client
    }
}
