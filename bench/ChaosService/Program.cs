using Mesh.ChaosService;

var builder = WebApplication.CreateBuilder(args);
builder.WebHost.UseUrls(Required("control"));
builder.Logging.SetMinimumLevel(LogLevel.Warning);
using var arrivals = new Arrivals(Required("arrivals"));
await using var service = new FaultyService(Required("listen"), arrivals);
await service.ListenAsync();

await using var control = builder.Build();
control.MapGet("/healthz", () => "ok");
control.MapPut("/switches", (Switches switches) => service.SwitchAsync(switches));
await control.RunAsync();

string Required(string option) => builder.Configuration[option] ?? throw new ArgumentException($"--{option} is required", nameof(args));
