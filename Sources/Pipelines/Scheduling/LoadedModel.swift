import Inference
import ModelCatalog
import NIOPosix
import Vision

/// One model version, loaded, behind its queue: the only way in which pipelines run inference.
///
/// Preparing the input, running and reading the outputs happen in one visit to the compute pool, on memory that
/// belongs to the execution slot and is reused.
public final class LoadedModel: Sendable {
    public let entry: CatalogEntry
    /// Name of the engine that runs it.
    public let engine: String
    private let queue: SlotQueue<ExecutionSlot>
    private let pool: NIOThreadPool
    private let inputs: ModelInputs
    /// Inferences that may run at the same time.
    public let slots: Int
    /// Keys and values that the model's maker left in the file.
    public let metadata: [String: String]

    /// - Parameters:
    ///   - slots: how many inferences may run at the same time.
    ///   - queueLimit: how many may wait.
    /// - Throws: `InferenceError` when the engine cannot make the slots' memory, or the model's inputs are not those of
    ///   its catalogue entry.
    public init(
        entry: CatalogEntry, engine: String, session: any InferenceSession, slots: Int, queueLimit: Int,
        pool: NIOThreadPool
    ) throws {
        self.entry = entry
        self.engine = engine
        self.pool = pool
        self.slots = slots
        let inputs = try ModelInputs(entry, of: session)
        self.inputs = inputs
        metadata = session.metadata
        let outputCount = session.outputs.count
        let requests = try (0..<slots).map { _ in
            ExecutionSlot(request: try session.makeRequest(), inputs: inputs, outputCount: outputCount)
        }
        queue = SlotQueue(name: entry.identity.description, slots: requests, limit: queueLimit)
    }

    /// Inferences that wait for a slot now.
    public var waiting: Int { queue.waiting }

    /// Runs work beside inference (measures of pixels) on the same compute pool.
    func onPool<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await pool.runIfActive(work)
    }

    /// Runs one inference on an input of zeros: the first run of a shape allocates and compiles, which no caller should
    /// wait for, and outputs that `finish` cannot read show here rather than in a request.
    /// - Throws: as ``infer(shape:deadline:prepare:finish:)``.
    func rehearse(
        shape: [Int], finish: @escaping @Sendable ([TensorView]) throws -> Void
    ) async throws {
        _ = try await infer(shape: shape, deadline: nil) { memory in
            _ = memory.initializeMemory(as: UInt8.self, repeating: 0)
        } finish: { outputs, _ in
            try finish(outputs)
        }
    }

    /// Runs one inference.
    /// - Parameters:
    ///   - shape: of the input; its first dimension may be above 1 where the model leaves it open. A size that the model asks for
    ///     beside the picture is filled from it.
    ///   - deadline: refused when it cannot be met.
    ///   - prepare: writes the input in place; it must write every element or rely on what it wrote there before.
    ///   - finish: reads the outputs, which are valid only during the call; integers and half-precision numbers come as
    ///     copies in float32.
    /// - Throws: `QueueRefusal`, `CancellationError`, `InferenceError`, or what the closures throw.
    public func infer<Prepared, Result: Sendable>(
        shape: [Int], deadline: ContinuousClock.Instant?,
        prepare: @escaping @Sendable (UnsafeMutableRawBufferPointer) throws -> Prepared,
        finish: @escaping @Sendable ([TensorView], Prepared) throws -> Result
    ) async throws -> Timed<Result> {
        let (timed, waited) = try await queue.withSlot(deadline: deadline) { slot in
            try await pool.runIfActive {
                try slot.infer(shape: shape, prepare: prepare, finish: finish)
            }
        }
        var result = timed
        result.times.queue += waited
        return result
    }
}

/// Input and output memory for one running inference.
private final class ExecutionSlot: @unchecked Sendable {  // safe: the queue lends a slot to one caller at a time
    private let request: any InferenceRequest
    private let inputs: ModelInputs
    /// For outputs that are not float32.
    private let copies: [FloatCopy]

    init(request: any InferenceRequest, inputs: ModelInputs, outputCount: Int) {
        self.request = request
        self.inputs = inputs
        copies = (0..<outputCount).map { _ in FloatCopy() }
    }

    func infer<Prepared, Result>(
        shape: [Int], prepare: (UnsafeMutableRawBufferPointer) throws -> Prepared,
        finish: ([TensorView], Prepared) throws -> Result
    ) throws -> Timed<Result> {
        let clock = ContinuousClock()
        var times = StageTimes()
        let start = clock.now
        let prepared = try prepare(try request.input(inputs.main, shape: shape))
        try inputs.fill(request, shape: shape)
        let ready = clock.now
        try request.run()
        let done = clock.now
        let result = try finish(try copies.indices.map(output), prepared)
        times.preprocess = ready - start
        times.inference = done - ready
        times.postprocess = clock.now - done
        return Timed(value: result, times: times)
    }

    private func output(_ index: Int) throws -> TensorView {
        let tensor = try request.output(index)
        return TensorView(name: tensor.name, shape: tensor.shape, values: copies[index].values(of: tensor))
    }
}
