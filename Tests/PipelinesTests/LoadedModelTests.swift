import Inference
import ModelCatalog
import NIOPosix
import Synchronization
import Testing

@testable import Pipelines

/// The way into a model and out of it, with an engine that adds one to each number.
@Suite(.timeLimit(.minutes(5)))
struct LoadedModelTests {
    /// Not the one that the tests with real models keep busy.
    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 4)
        pool.start()
        return pool
    }()

    @Test func whatIsPreparedIsRunAndRead() async throws {
        let model = try load(AddingSession())
        let answer = try await model.infer(shape: [2, 3], deadline: nil) { memory in
            for (index, _) in memory.bindMemory(to: Float.self).enumerated() {
                memory.storeBytes(of: Float(index), toByteOffset: index * 4, as: Float.self)
            }
            return "prepared"
        } finish: { outputs, prepared in
            #expect(prepared == "prepared")
            #expect(outputs.map(\.shape) == [[2, 3]])
            return Array(outputs[0].values)
        }
        #expect(answer.value == [1, 2, 3, 4, 5, 6])
    }

    @Test func noMoreInferencesRunAtATimeThanThereAreSlots() async throws {
        let session = AddingSession()
        let model = try load(session, slots: 2)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { _ = try? await run(model) } }
        }
        #expect(session.requests == 2)
        #expect(session.runs == 50)
        #expect(session.mostAtATime <= 2)
    }

    @Test func aFailedRunGivesItsSlotBack() async throws {
        let model = try load(AddingSession(failure: InferenceError(.runFailed, "no")))
        for _ in 0..<3 { await #expect(throws: InferenceError.self) { try await run(model) } }
        #expect(model.waiting == 0)
    }

    @Test func theTimeOfEachStageIsMeasured() async throws {
        let times = try await run(load(AddingSession())).times
        #expect(times.preprocess > .zero && times.inference > .zero && times.postprocess > .zero)
        #expect(times.decode == .zero)
    }

    @Test func stagesAddUp() {
        var sum = StageTimes()
        var stage = StageTimes()
        stage.decode = .seconds(1)
        stage.preprocess = .seconds(2)
        stage.queue = .seconds(3)
        stage.inference = .seconds(4)
        stage.postprocess = .seconds(5)
        sum += stage
        sum += stage
        #expect(sum.decode == .seconds(2) && sum.preprocess == .seconds(4) && sum.queue == .seconds(6))
        #expect(sum.inference == .seconds(8) && sum.postprocess == .seconds(10))
    }

    private func load(_ session: AddingSession, slots: Int = 1) throws -> LoadedModel {
        let entry = try #require(try Catalog.builtIn().entries.first)
        return try LoadedModel(
            entry: entry, engine: "adding", session: session, slots: slots, queueLimit: 100,
            pool: Self.pool)
    }

    @discardableResult
    private func run(_ model: LoadedModel) async throws -> Timed<Float> {
        try await model.infer(shape: [1], deadline: nil) { memory in
            memory.storeBytes(of: 1, as: Float.self)
        } finish: { outputs, _ in
            outputs[0].values[0]
        }
    }
}

/// An engine session without a model.
private final class AddingSession: InferenceSession {
    struct Count {
        var requests = 0
        var runs = 0
        var now = 0
        var most = 0
    }

    let inputs = [TensorDescription(name: "in", elementType: .float32, shape: [nil])]
    let outputs = [TensorDescription(name: "out", elementType: .float32, shape: [nil])]
    let failure: InferenceError?
    private let count = Mutex(Count())

    init(failure: InferenceError? = nil) {
        self.failure = failure
    }

    var requests: Int { count.withLock { $0.requests } }
    var runs: Int { count.withLock { $0.runs } }
    var mostAtATime: Int { count.withLock { $0.most } }

    func makeRequest() throws(InferenceError) -> any InferenceRequest {
        count.withLock { $0.requests += 1 }
        return AddingRequest(self)
    }

    func began() {
        count.withLock {
            $0.runs += 1
            $0.now += 1
            $0.most = max($0.most, $0.now)
        }
    }

    func ended() { count.withLock { $0.now -= 1 } }
}

private final class AddingRequest: InferenceRequest {
    private let session: AddingSession
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 8)
    private var shape: [Int] = []

    init(_ session: AddingSession) { self.session = session }

    deinit { memory.deallocate() }

    func input(_ index: Int, shape: [Int]) throws(InferenceError) -> UnsafeMutableRawBufferPointer {
        if shape != self.shape {
            memory.deallocate()
            memory = .allocate(byteCount: shape.reduce(4, *), alignment: 8)
            self.shape = shape
        }
        return memory
    }

    func run() throws(InferenceError) {
        session.began()
        defer { session.ended() }
        if let failure = session.failure { throw failure }
        for offset in stride(from: 0, to: memory.count, by: 4) {
            let number = memory.load(fromByteOffset: offset, as: Float.self)
            memory.storeBytes(of: number + 1, toByteOffset: offset, as: Float.self)
        }
    }

    func output(_ index: Int) throws(InferenceError) -> OutputTensor {
        OutputTensor(name: "out", elementType: .float32, shape: shape, bytes: UnsafeRawBufferPointer(memory))
    }
}
