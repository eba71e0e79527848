import AIBoxAPI
import Foundation
import NIOCore
import ServiceClients
import Synchronization
import TestSupport

/// What clients of `store=async` were told to be stored, by identifier; compared with what the data manager has later.
///
/// The gateway chooses the identifiers, so that a client which got no answer cannot repeat its request.
final class AsyncJournal: Sendable {
    private struct Acknowledgement {
        /// Detections of the answer.
        var items: Int
        var hasPicture: Bool
    }

    private struct State {
        var acknowledged: [UUIDv7: Acknowledgement] = [:]
        var sent = 0
        var refusals: [Problem] = []
        var unanswered = 0
    }

    private let picture: Data
    private let state = Mutex(State())

    /// - Parameter picture: what every request sends.
    init(_ picture: Data) { self.picture = picture }

    var acknowledgedCount: Int { state.withLock { $0.acknowledged.count } }
    var refusals: [Problem] { state.withLock { $0.refusals } }

    /// Sends one picture, every fourth to be kept, and notes how it went.
    func send(to gateway: PublicBox, _ token: String) async {
        let keepsPicture = state.withLock { state in
            state.sent += 1
            return state.sent.isMultiple(of: 4)
        }
        let path = "/human-analysis/face-detection?store=async&save_image=\(keepsPicture)"
        let headers = ["Content-Type": "image/jpeg"]
        guard
            let answer = try? await FaultTests.send(
                .POST, port: gateway.port, path, token: token, headers: headers, picture)
        else {
            return state.withLock { $0.unanswered += 1 }
        }
        guard answer.status == 200, let stored = try? JSONDecoder().decode(AnalysisAnswer.self, from: answer.body),
            let id = stored.id
        else {
            return state.withLock { $0.refusals.append(answer.problem ?? Problem(500, answer.text)) }
        }
        state.withLock {
            $0.acknowledged[id] = Acknowledgement(items: stored.faces?.count ?? 0, hasPicture: keepsPicture)
        }
    }

    /// How the data manager differs from the journal.
    struct Comparison: CustomStringConvertible {
        var lost: [UUIDv7] = []
        var altered: [UUIDv7] = []
        /// There more than once, or not as often as it was told.
        var miscounted: [UUIDv7] = []
        /// Stored, and never acknowledged.
        var unacknowledged = 0

        var isWhole: Bool { lost.isEmpty && altered.isEmpty && miscounted.isEmpty }
        var description: String {
            "lost \(lost.count) \(lost.prefix(3)), altered \(altered.prefix(3)), miscounted \(miscounted.prefix(3)), "
                + "\(unacknowledged) not acknowledged"
        }
    }

    /// Reads everything back: each inference with its picture, then the list of all detections, which must have those of
    /// each inference once.
    func comparison(with manager: HTTPDataManager) async throws -> Comparison {
        var comparison = Comparison()
        let acknowledged = state.withLock { $0.acknowledged }
        var counts: [UUIDv7: Int] = [:]
        var (query, seen) = (DetectionQuery(), Set<UUIDv7>())
        query.limit = 500
        repeat {
            let page = try await manager.detections(query)
            for item in page.items {
                counts[item.inferenceID, default: 0] += 1
                if !seen.insert(item.id).inserted { comparison.miscounted.append(item.inferenceID) }
            }
            query.cursor = page.nextCursor
        } while query.cursor != nil
        comparison.unacknowledged = counts.keys.count { acknowledged[$0] == nil }
        for (id, entry) in acknowledged {
            guard let record = try await manager.inference(id) else {
                comparison.lost.append(id)
                continue
            }
            if counts[id, default: 0] != entry.items { comparison.miscounted.append(id) }
            let picture = entry.hasPicture ? try await manager.picture(ofInference: id).map { Data(buffer: $0) } : nil
            if record.detections.count != entry.items || picture != (entry.hasPicture ? self.picture : nil) {
                comparison.altered.append(id)
            }
        }
        return comparison
    }

    /// Requests that got no answer.
    var unansweredCount: Int { state.withLock { $0.unanswered } }
}
