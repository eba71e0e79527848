import AIBoxAPI
import Foundation
import NIOCore
import ServiceClients
import Synchronization

/// What clients have sent, and what of it was acknowledged; compared with what a server answers later.
final class Journal: Sendable {
    struct Entry: Sendable {
        var record: InferenceRecord
        var picture: ByteBuffer?
        var isAcknowledged = false
    }

    private struct State {
        var entries: [UUIDv7: Entry] = [:]
        var acknowledged = 0
        /// Found as they were sent, and so not read again by every comparison.
        var settled: Set<UUIDv7> = []
        var refusals: [Problem] = []
        var numbers: SeededNumbers
    }

    private let state: Mutex<State>

    private let hasPictures: Bool

    init(seed: UInt64, hasPictures: Bool = true) {
        state = Mutex(State(numbers: SeededNumbers(seed)))
        self.hasPictures = hasPictures
    }

    var acknowledgedCount: Int { state.withLock { $0.acknowledged } }
    /// What those were told who were not told that it is stored, in order.
    var refusals: [Problem] { state.withLock { $0.refusals } }
    var refusedStatuses: Set<Int> { Set(refusals.map(\.status)) }
    var entries: [Entry] { state.withLock { Array($0.entries.values) } }
    var unacknowledged: [Entry] { entries.filter { !$0.isAcknowledged } }

    /// The next thing to send; a quarter of them with a picture, unless there are to be none.
    func next() -> Entry {
        state.withLock { state in
            var entry = Entry.random(&state.numbers)
            if !hasPictures { entry.dropPicture() }
            state.entries[entry.record.id] = entry
            return entry
        }
    }

    func acknowledge(_ id: UUIDv7) {
        state.withLock { state in
            if state.entries[id]?.isAcknowledged == false { state.acknowledged += 1 }
            state.entries[id]?.isAcknowledged = true
        }
    }

    func refuse(_ problem: Problem) { state.withLock { $0.refusals.append(problem) } }

    /// Sends one entry and notes how it went; whether it was acknowledged.
    @discardableResult
    func send(_ entry: Entry, to manager: HTTPDataManager) async -> Bool {
        do {
            try await manager.store(entry.record, picture: entry.picture)
            acknowledge(entry.record.id)
            return true
        } catch {
            refuse(error as? Problem ?? Problem(500, "no problem document: \(error)"))
            return false
        }
    }

    /// A client that did not get its answer asks again, with the same identifier.
    func repeatUnacknowledged(to manager: HTTPDataManager) async {
        for entry in unacknowledged { await send(entry, to: manager) }
    }
}

extension Journal {
    fileprivate typealias Reading = (record: InferenceRecord?, picture: ByteBuffer?)

    /// How the store differs from the journal.
    struct Comparison: CustomStringConvertible {
        var read = 0
        /// Acknowledged and not there.
        var lost: [UUIDv7] = []
        var doubled: [UUIDv7] = []
        /// There, with another content.
        var altered: [UUIDv7] = []
        /// Nobody has sent it.
        var invented: [UUIDv7] = []
        /// Not readable, and the server says so.
        var refused: [UUIDv7: Problem] = [:]

        /// Whether what can be read is right.
        var isTruthful: Bool { lost.isEmpty && doubled.isEmpty && altered.isEmpty && invented.isEmpty }
        /// Whether acknowledged entries are missing, and that is all.
        var hasOnlyLost: Bool { !lost.isEmpty && doubled.isEmpty && altered.isEmpty && invented.isEmpty }
        var isWhole: Bool { isTruthful && refused.isEmpty }

        var description: String {
            "\(read) read; lost \(lost.prefix(3)) of \(lost.count), doubled \(doubled.prefix(3)), altered "
                + "\(altered.prefix(3)) of \(altered.count), invented \(invented.prefix(3)), "
                + "refused \(refused.count) \(refused.first.map { "\($0.value)" } ?? "")"
        }
    }

    /// Reads everything back: each entry by its identifier with its picture, then the list of all detections.
    ///
    /// - Parameter isOfNewOnes: leaves out entries that an earlier comparison has found, of which the list tells whether
    ///   they are still there. What is broken again and again needs one comparison of all, at the end.
    func comparison(with manager: HTTPDataManager, ofNewOnes isOfNewOnes: Bool = false) async -> Comparison {
        var comparison = Comparison()
        let settled = isOfNewOnes ? state.withLock { $0.settled } : []
        let entries = self.entries.filter { !settled.contains($0.record.id) }
        var stored: [UUIDv7: DetectionRecord] = [:]
        await withTaskGroup(of: (Entry, Result<Reading, any Error>).self) { readers in
            var rest = entries[...]
            for entry in rest.prefix(Faults.writers) { readers.addTask { await Self.read(entry, manager) } }
            rest = rest.dropFirst(Faults.writers)
            for await (entry, result) in readers {
                if let next = rest.popFirst() { readers.addTask { await Self.read(next, manager) } }
                comparison.note(entry, result, &stored)
            }
        }
        await compareList(with: manager, stored, settled, &comparison)
        if comparison.isWhole {
            state.withLock { $0.settled.formUnion(entries.filter(\.isAcknowledged).map(\.record.id)) }
        }
        return comparison
    }

    private static func read(_ entry: Entry, _ manager: HTTPDataManager) async -> (Entry, Result<Reading, any Error>) {
        do {
            let record = try await manager.inference(entry.record.id)
            let picture = record == nil ? nil : try await manager.picture(ofInference: entry.record.id)
            return (entry, .success((record, picture)))
        } catch {
            return (entry, .failure(error))
        }
    }

    /// The list must have each stored detection once, and nothing else.
    private func compareList(
        with manager: HTTPDataManager, _ stored: [UUIDv7: DetectionRecord], _ settled: Set<UUIDv7>,
        _ comparison: inout Comparison
    ) async {
        let sent = Set(entries.flatMap { $0.record.detections.map(\.id) })
        var seen: Set<UUIDv7> = []
        var query = DetectionQuery()
        query.limit = 500
        do {
            repeat {
                let page = try await manager.detections(query)
                for item in page.items {
                    if !seen.insert(item.id).inserted { comparison.doubled.append(item.id) }
                    if !sent.contains(item.id) { comparison.invented.append(item.id) }
                    if let other = stored[item.id], canonical(other) != canonical(item) {
                        comparison.altered.append(item.id)
                    }
                }
                query.cursor = page.nextCursor
            } while query.cursor != nil
            let former = state.withLock { state in settled.compactMap { state.entries[$0] } }
            let expected = Set(stored.keys).union(former.flatMap { $0.record.detections.map(\.id) })
            comparison.lost += expected.subtracting(seen)
        } catch {
            comparison.refused[UUIDv7()] = error as? Problem ?? Problem(500, "\(error)")
        }
    }
}

extension Journal.Comparison {
    fileprivate mutating func note(
        _ entry: Journal.Entry, _ result: Result<Journal.Reading, any Error>, _ stored: inout [UUIDv7: DetectionRecord]
    ) {
        let id = entry.record.id
        switch result {
        case .failure(let error): refused[id] = error as? Problem ?? Problem(500, "\(error)")
        case .success((nil, _)): if entry.isAcknowledged { lost.append(id) }
        case .success((.some(let record), let picture)):
            read += 1
            if canonical(record) != canonical(entry.record) || picture != entry.picture { altered.append(id) }
            for item in record.detections { stored[item.id] = item }
        }
    }
}

private func canonical(_ value: some Encodable) -> Data? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try? encoder.encode(value)
}
