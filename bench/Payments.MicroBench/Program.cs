using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Payments.MicroBench;

// In this process, for the harness's own child builds know nothing of this repository's artifacts folder.
BenchmarkSwitcher.FromTypes([typeof(CreateBenchmarks)]).Run(
    args.Length == 0 ? ["--filter", "*"] : args,
    DefaultConfig.Instance.AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance)));
