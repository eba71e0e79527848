/// A loaded model with the way into it and out of it.
protocol PipelineModel: Sendable {
    var model: LoadedModel { get }

    /// Runs the model and its decoder once on nothing, so that no caller waits for the first run and a file that
    /// does not fit its entry shows.
    func rehearse() async throws
}
