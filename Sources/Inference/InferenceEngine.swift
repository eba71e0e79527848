import Foundation

/// A runtime that executes model files: ONNX Runtime, OpenVINO. Its library is loaded at run time.
public protocol InferenceEngine: Sendable {
    /// The name in configuration, catalogue and answers: `onnxruntime`, `openvino`.
    var name: String { get }

    /// The version that the loaded library reports.
    var version: String { get }

    /// Loads and compiles a model file. Blocking, 10–750 ms.
    /// - Throws: `InferenceError`, with a remedy where there is one.
    func load(_ file: URL, _ options: SessionOptions) throws(InferenceError) -> any InferenceSession
}

public struct SessionOptions: Hashable, Sendable {
    /// Threads that one inference may use.
    public var threads: Int
    /// Inferences that may run at the same time.
    public var parallel: Int

    public init(threads: Int = 1, parallel: Int = 1) {
        self.threads = threads
        self.parallel = parallel
    }
}

/// A loaded model. Requests made from it may run in parallel, each on one thread at a time.
public protocol InferenceSession: AnyObject, Sendable {
    var inputs: [TensorDescription] { get }
    var outputs: [TensorDescription] { get }
    /// Keys and values that the model's maker left in the file (an alphabet, say); empty for formats without them.
    var metadata: [String: String] { get }

    /// A place to run one inference at a time, with memory of its own that is reused from run to run.
    func makeRequest() throws(InferenceError) -> any InferenceRequest
}

/// Input and output memory of one running inference. Not thread-safe: owned by one execution slot.
public protocol InferenceRequest: AnyObject {
    /// Memory of input `index` for a tensor of `shape`, to be written in place. It is reused while the shape
    /// stays, so the values of the last run are still in it; a new shape allocates anew and zeroes.
    func input(_ index: Int, shape: [Int]) throws(InferenceError) -> UnsafeMutableRawBufferPointer

    /// Runs the model on the inputs as they are. Blocking.
    func run() throws(InferenceError)

    /// Output `index` of the last run; valid until the next `run()` or `input(_:shape:)`.
    func output(_ index: Int) throws(InferenceError) -> OutputTensor
}

public enum ElementType: String, Hashable, Sendable, CaseIterable {
    case float32, float16, uint8, int32, int64

    public var byteCount: Int {
        switch self {
        case .uint8: 1
        case .float16: 2
        case .float32, .int32: 4
        case .int64: 8
        }
    }
}

/// Name, element type and shape of an input or output; `nil` is a dimension that the caller chooses.
public struct TensorDescription: Hashable, Sendable {
    public var name: String
    public var elementType: ElementType
    public var shape: [Int?]

    public init(name: String, elementType: ElementType, shape: [Int?]) {
        self.name = name
        self.elementType = elementType
        self.shape = shape
    }
}

/// A borrowed output, row-major.
public struct OutputTensor {
    public let name: String
    public let elementType: ElementType
    public let shape: [Int]
    public let bytes: UnsafeRawBufferPointer

    public init(name: String, elementType: ElementType, shape: [Int], bytes: UnsafeRawBufferPointer) {
        self.name = name
        self.elementType = elementType
        self.shape = shape
        self.bytes = bytes
    }
}

extension InferenceSession {
    public var metadata: [String: String] { [:] }
}

/// Why an engine or a model could not be used.
public struct InferenceError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The engine's library is absent or unusable.
        case engineUnavailable
        /// The file is absent, truncated or not a model that the engine reads.
        case modelUnusable
        /// An input shape or type that the model does not take.
        case invalidInput
        /// The engine failed while running.
        case runFailed
    }

    public let code: Code
    public let message: String
    /// What the operator can do, when there is something.
    public let remedy: String?

    public init(_ code: Code, _ message: String, remedy: String? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    public var description: String { remedy.map { "\(message) (\($0))" } ?? message }
}
