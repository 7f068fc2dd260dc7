using Microsoft.Extensions.Caching.Memory;
using Shop.Service;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddMemoryCache();
var app = builder.Build();
var replica = app.Configuration["POD_NAME"] ?? Environment.MachineName;

app.UseFaults();

// A PUT under an id that the caller chose: charged once, however often it is sent.
app.MapPut("/charges/{id:guid}", (Guid id, Order order, IMemoryCache charges) => charges.GetOrCreate(id, entry =>
{
    entry.AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(1);
    return new Charge(id, order.Amount, replica);
}));

app.Run();

internal sealed record Order(int Amount);

internal sealed record Charge(Guid Id, int Amount, string Replica);
