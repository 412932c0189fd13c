using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AutoMapper;
using BenchmarkDotNet.Attributes;
using MediatR;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Payments.Api.Json;
using Payments.Api.Payments;
using Payments.Application.Payments;
using Payments.Domain.Payments;

namespace Payments.MicroBench;

/// <summary>The stations of a create between socket and SQL, with the service's own settings, maps and handlers.</summary>
[MemoryDiagnoser]
public class CreateBenchmarks
{
    private const string ConnectorId = "eyJQcm92aWRlciI6InN0cmlwZSIsIlJlZmVyZW5jZSI6IjdmNmMzZjZlLTViMWEtNGMyZC05ZThmLTBhMWIyYzNkNGU1ZiJ9";

    private string _folder = "";
    private WebApplicationFactory<PaymentRequest> _service = null!;
    private IServiceScope _scope = null!;
    private IMediator _mediator = null!;
    private IMapper _mapper = null!;
    private JsonSerializerOptions _json = null!;
    private JsonTypeInfo _requestType = null!;
    private byte[] _body = null!;
    private PaymentRequest _request = null!;
    private CreatePaymentCommand _command = null!;
    private Payment _payment = null!;
    private string _id = null!;
    private PaymentResponse _response = null!;

    [GlobalSetup]
    public async Task StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("payments-bench-").FullName;
        _service = new WebApplicationFactory<PaymentRequest>().WithWebHostBuilder(host =>
        {
            host.UseEnvironment("Development");
            host.UseContentRoot(_folder);
            host.UseSetting("Logging:LogLevel:Default", "None");
            host.ConfigureTestServices(services => services.AddSingleton<IPaymentRepository, NoPayments>());
        });
        _scope = _service.Services.CreateScope();
        _mediator = _scope.ServiceProvider.GetRequiredService<IMediator>();
        _mapper = _scope.ServiceProvider.GetRequiredService<IMapper>();
        _json = _scope.ServiceProvider.GetRequiredService<IOptions<JsonOptions>>().Value.JsonSerializerOptions;
        _requestType = _json.GetTypeInfo(typeof(PaymentRequest));
        _body = Encoding.UTF8.GetBytes(
            $$"""
            {"reference":"ref-000000000001","connectorID":"{{ConnectorId}}","createdAt":"2025-01-01T00:00:00.0010000Z","amount":12345,
            "type":"PAY-IN","status":"SUCCEEDED","scheme":"visa","asset":"USD/2","metadata":{"tenant":"tenant-1","order":"order-000000000001"},
            "raw":{"id":"ch_000000000001","object":"charge","amount":12345,"currency":"usd","captured":true,"customer":"cus_00000001","livemode":true,
            "outcome":{"network_status":"approved_by_network","risk_level":"normal","risk_score":12},
            "payment_method_details":{"type":"visa","last4":"4242","exp_month":8,"exp_year":2030,"fingerprint":"Xt5EWLLDS7FJjR1c"} } }
            """);
        _request = (PaymentRequest)JsonBodyFormatter.Read(_body, _requestType);
        _command = _mapper.Map<CreatePaymentCommand>(_request);
        _payment = (await _mediator.Send(_command)).Payment;
        _id = _payment.Id.ToString();
        _response = new PaymentResponse(_mapper.Map<PaymentData>(_payment));
    }

    [GlobalCleanup]
    public void Stop()
    {
        _scope.Dispose();
        _service.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark(Description = "JSON in: body to request")]
    public object ReadBody() => JsonBodyFormatter.Read(_body, _requestType);

    [Benchmark(Description = "map: request to command")]
    public CreatePaymentCommand MapRequest() => _mapper.Map<CreatePaymentCommand>(_request);

    [Benchmark(Description = "handler: command to domain, by MediatR, storing nothing")]
    public async Task<Payment> Handle() => (await _mediator.Send(_command)).Payment;

    [Benchmark(Description = "id: encode")]
    public string EncodeId() => _payment.Id.ToString();

    [Benchmark(Description = "id: decode")]
    public bool DecodeId() => PaymentId.TryParse(_id, out _);

    [Benchmark(Description = "map: domain to response")]
    public PaymentData MapResponse() => _mapper.Map<PaymentData>(_payment);

    [Benchmark(Description = "JSON out: response to text")]
    public byte[] WriteResponse() => JsonSerializer.SerializeToUtf8Bytes(_response, _json);

    private sealed class NoPayments : IPaymentRepository
    {
        public int MaxConcurrentWrites => 1;

        public Task<bool> AddAsync(Payment payment, CancellationToken cancellationToken) => Task.FromResult(true);

        public Task<bool> SaveAsync(Payment stored, Payment changed, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Payment?> FindAsync(PaymentId id, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
