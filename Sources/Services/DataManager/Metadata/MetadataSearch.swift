import AIBoxAPI
import Storage

/// Finds a page of detections by the metadata of their inferences, in a bounded time however many there are.
///
/// The condition that the fewest documents meet leads, each counted up to a bound. Few documents lead to their
/// detections, which are sorted. When all conditions are met by many, detections are read in the order of time by what
/// else the query asks for, a stretch at a time, and the store is asked which of their inferences match; after a while
/// the page ends with what it has, and its cursor goes on from there.
struct MetadataSearch: Sendable {
    /// Inferences that are gathered at most.
    static let candidateLimit = 500

    let search: DetectionSearch
    let filter: MetadataFilter
    let metadata: InferenceMetadata
    let database: any SQLDatabase
    let consistency: ReadConsistency

    func page() async throws -> Page<DetectionRecord> {
        if let candidates = try await candidates() {
            if candidates.isEmpty { return Page(items: [], nextCursor: nil) }
            let page = try await read { [search] in try search.page(of: candidates, $0) }
            if let page { return page }
        }
        return try await pageInTime()
    }

    /// The inferences that match, when one condition has few.
    private func candidates() async throws -> [UUIDv7]? {
        let collection = try InferenceMetadata.collection.get()
        var fewest: [UUIDv7]?
        for condition in filter.each {
            let found = try await documents {
                try await $0.find(condition, in: collection, after: nil, limit: Self.candidateLimit + 1)
            }
            if found.count <= min(Self.candidateLimit, fewest?.count ?? .max) { fewest = found }
            if found.isEmpty { break }
        }
        guard let fewest, filter.each.count > 1, !fewest.isEmpty else { return fewest }
        return Array(try await matches(among: fewest))
    }

    private func pageInTime() async throws -> Page<DetectionRecord> {
        let end = ContinuousClock.now + DetectionSearch.patience
        let source = try await read { [search] in try search.source($0) }
        var (ids, position): ([UUIDv7], PageCursor.Position?) = ([], search.before)
        repeat {
            let stretch = try await read { [search, position] in try search.stretch(of: source, after: position, $0) }
            let matching = try await matches(among: Array(Set(stretch.items.map(\.inferenceID))))
            ids += stretch.items.lazy.filter { matching.contains($0.inferenceID) }.map(\.id)
                .prefix(search.query.limit + 1 - ids.count)
            position = stretch.end
        } while ids.count <= search.query.limit && position != nil && ContinuousClock.now < end
        return try await read { [search, ids, position] in try search.page(of: ids, endingAt: position, $0) }
    }

    private func matches(among ids: [UUIDv7]) async throws -> Set<UUIDv7> {
        try await documents {
            try await $0.matches(of: filter.all, among: ids, in: InferenceMetadata.collection.get())
        }
    }

    private func documents<Value: Sendable>(
        _ call: (any DocumentStore) async throws -> Value
    ) async throws -> Value {
        do { return try await metadata.asking(call) } catch { throw metadata.problem(error) }
    }

    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await database.read(consistency, body)
    }
}
